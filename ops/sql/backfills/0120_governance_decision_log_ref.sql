-- title: Decisions behind directives
-- why: who asks why must find where it was decided
-- as: eng_service
-- csv: seeds/governance_map.csv

-- drydock: todo
select count(*)
from eng.strategic_directives_v2 as directive
join pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as map (sd_key text, decision_log_ref text)
    on map.sd_key = directive.sd_key
where map.decision_log_ref <> '' -- an empty field of the map says nothing
  and map.decision_log_ref is distinct from directive.decision_log_ref;

-- drydock: change
update eng.strategic_directives_v2 as directive
set decision_log_ref = map.decision_log_ref
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as map (sd_key text, decision_log_ref text)
where map.sd_key = directive.sd_key
  and map.decision_log_ref <> ''
  and map.decision_log_ref is distinct from directive.decision_log_ref;
