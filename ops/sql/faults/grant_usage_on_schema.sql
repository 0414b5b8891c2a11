-- title: A role may look into a domain that is not its own
-- class: grants

select
    other.service || ' in ' || domain.schema_name as object,
    format('grant usage on schema %I to %I', domain.schema_name, other.service) as plant
from drydock.domain as domain
join drydock.domain as other
    on other.schema_name <> domain.schema_name
where not pg_catalog.has_schema_privilege(other.service, domain.schema_name, 'USAGE')
order by 1;
