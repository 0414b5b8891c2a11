-- title: A function tells rows to whoever listens
-- class: functions

select
    domain.schema_name || '.planted' as object,
    format(
        'create function %1$I.planted() returns void language sql as $$ select pg_catalog.pg_notify(''rows'', ''a row'') $$; '
        'alter function %1$I.planted() owner to %2$I; revoke execute on function %1$I.planted() from public',
        domain.schema_name, domain.owner
    ) as plant
from drydock.domain as domain
order by 1;
