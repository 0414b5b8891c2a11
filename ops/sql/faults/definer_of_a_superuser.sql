-- title: A function lends out the rights of a superuser
-- class: functions

select
    domain.schema_name || '.planted' as object,
    format(
        'create function %I.planted() returns void language sql security definer set search_path = %L return null',
        domain.schema_name, ''
    ) as plant
from drydock.domain as domain
order by 1;
