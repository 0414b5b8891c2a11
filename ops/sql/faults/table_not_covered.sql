-- title: A table is not logged at all
-- class: audit
-- past: the event trigger, which would log it

select
    domain.schema_name || '.planted' as object,
    format(
        'create table %1$I.planted (id integer primary key); alter table %1$I.planted owner to %2$I; '
        'alter table %1$I.planted enable row level security, force row level security; '
        'create policy planted on %1$I.planted for all to %2$I using (true) with check (true)',
        domain.schema_name, domain.owner
    ) as plant
from drydock.domain as domain
order by 1;
