-- title: A function lets its caller decide what its names mean
-- class: functions

select
    domain.schema_name || '.planted' as object,
    format(
        'create function %1$I.planted() returns void language sql security definer return null; '
        'alter function %1$I.planted() owner to %2$I; revoke execute on function %1$I.planted() from public',
        domain.schema_name, domain.owner
    ) as plant
from drydock.domain as domain
order by 1;
