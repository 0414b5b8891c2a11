-- title: Owners of directives
-- why: a directive that nobody answers for is nobody's
-- as: eng_service
-- csv: seeds/governance_map.csv

-- drydock: todo
select count(*)
from eng.strategic_directives_v2 as directive
join pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as map (sd_key text, owner text)
    on map.sd_key = directive.sd_key
where map.owner <> '' -- an empty field of the map says nothing
  and map.owner is distinct from directive.owner;

-- drydock: change
update eng.strategic_directives_v2 as directive
set owner = map.owner
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as map (sd_key text, owner text)
where map.sd_key = directive.sd_key
  and map.owner <> ''
  and map.owner is distinct from directive.owner;
