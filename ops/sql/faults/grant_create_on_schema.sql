-- title: A role may make objects in a domain
-- class: grants

select
    domain.service || ' in ' || domain.schema_name as object,
    format('grant create on schema %I to %I', domain.schema_name, domain.service) as plant
from drydock.domain as domain
order by 1;
