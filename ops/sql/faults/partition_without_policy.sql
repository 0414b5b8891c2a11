-- title: A partition was added without a policy of its own
-- class: rls

select
    domain.schema_name || '.planted_part' as object,
    format(
        'set local role %1$I; create table %2$I.planted (id integer primary key) partition by range (id); '
        'create policy planted on %2$I.planted for all to %1$I using (true) with check (true); '
        'create table %2$I.planted_part partition of %2$I.planted for values from (0) to (9); reset role',
        domain.owner, domain.schema_name
    ) as plant
from drydock.domain as domain
order by 1;
