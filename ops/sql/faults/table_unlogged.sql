-- title: A table would be empty after a crash
-- class: tables

select
    domain.schema_name || '.planted' as object,
    format(
        'set local role %1$I; create unlogged table %2$I.planted (id integer primary key); '
        'create policy planted on %2$I.planted for all to %1$I using (true) with check (true); reset role',
        domain.owner, domain.schema_name
    ) as plant
from drydock.domain as domain
order by 1;
