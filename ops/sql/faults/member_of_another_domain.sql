-- title: A role is a member of the service of another domain
-- class: roles

select
    domain.service || ' of ' || other.service as object,
    format('grant %I to %I', other.service, domain.service) as plant
from drydock.domain as domain
join drydock.domain as other
    on other.schema_name <> domain.schema_name
order by 1;
