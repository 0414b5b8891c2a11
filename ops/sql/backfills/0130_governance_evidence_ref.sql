-- title: Evidence for directives
-- why: a claim without evidence cannot be signed off
-- as: eng_service
-- csv: seeds/governance_map.csv

-- drydock: todo
select count(*)
from eng.strategic_directives_v2 as directive
join pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as map (sd_key text, evidence_ref text)
    on map.sd_key = directive.sd_key
where map.evidence_ref <> '' -- an empty field of the map says nothing
  and map.evidence_ref is distinct from directive.evidence_ref;

-- drydock: change
update eng.strategic_directives_v2 as directive
set evidence_ref = map.evidence_ref
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as map (sd_key text, evidence_ref text)
where map.sd_key = directive.sd_key
  and map.evidence_ref <> ''
  and map.evidence_ref is distinct from directive.evidence_ref;

-- drydock: report
select
    figure.name,
    figure.value
from (
    select
        count(*)                          as total,
        count(directive.owner)            as owners,
        count(directive.decision_log_ref) as decisions,
        count(directive.evidence_ref)     as evidence
    from eng.strategic_directives_v2 as directive
) as known
cross join lateral (
    values
        ('directives', known.total),
        ('with an owner', known.owners),
        ('with an owner, %', round(100.0 * known.owners / nullif(known.total, 0), 2)),
        ('with a decision', known.decisions),
        ('with a decision, %', round(100.0 * known.decisions / nullif(known.total, 0), 2)),
        ('with evidence', known.evidence),
        ('with evidence, %', round(100.0 * known.evidence / nullif(known.total, 0), 2))
) as figure (name, value);
