-- title: A capability role stands above its grants
-- class: roles
-- at-most: 5

select
    domain.service || ' ' || attribute as object,
    format('alter role %I %s', domain.service, attribute) as plant
from (select service from drydock.domain order by schema_name limit 1) as domain
cross join unnest(array['superuser', 'bypassrls', 'createrole', 'createdb', 'replication']) as attribute
order by 1;
