-- title: The next table will be open to everybody
-- class: grants

select
    domain.owner || ' in ' || domain.schema_name as object,
    format('alter default privileges for role %I in schema %I grant select on tables to public', domain.owner, domain.schema_name) as plant
from drydock.domain as domain
order by 1;
