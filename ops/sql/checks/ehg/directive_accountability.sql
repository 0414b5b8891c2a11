-- title: Every directive names its owner, its decision and its evidence
-- why: a directive that nobody answers for, or that nobody can trace to a decision, cannot be enforced
-- remedy: Add the directive to seeds/governance_map.csv and run the governance backfills.
-- severity: warning
-- as: eng_service

select
    rule.object,
    count(*)                            as examined,
    count(*) filter (where rule.broken) as violations,
    array_to_string((array_agg(directive.sd_key order by directive.sd_key) filter (where rule.broken))[1:5], ', ') as detail
from eng.strategic_directives_v2 as directive
cross join lateral (
    values
        ('directives with an owner', coalesce(directive.owner, '') = ''),
        ('directives with a decision', coalesce(directive.decision_log_ref, '') = ''),
        ('directives with evidence', coalesce(directive.evidence_ref, '') = '')
) as rule (object, broken)
group by rule.object;
