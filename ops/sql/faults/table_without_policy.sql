-- title: A table was added without a policy
-- class: rls

select
    domain.schema_name || '.planted' as object,
    format('set local role %I; create table %I.planted (id integer primary key); reset role', domain.owner, domain.schema_name) as plant
from drydock.domain as domain
order by 1;
