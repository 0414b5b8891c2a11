-- title: Directives without an owner, a decision or evidence
-- why: what check/directive_accountability counts, by name
-- as: eng_service

select
    directive.sd_key,
    directive.title,
    coalesce(directive.owner, '') = '' as no_owner,
    coalesce(directive.decision_log_ref, '') = '' as no_decision,
    coalesce(directive.evidence_ref, '') = '' as no_evidence
from eng.strategic_directives_v2 as directive
where coalesce(directive.owner, '') = ''
   or coalesce(directive.decision_log_ref, '') = ''
   or coalesce(directive.evidence_ref, '') = ''
order by directive.sd_key;
