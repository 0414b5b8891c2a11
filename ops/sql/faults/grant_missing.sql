-- title: A role lacks a right of the contract
-- class: grants
-- at-most: 6

select distinct on (actual.role_name)
    actual.role_name || ' on ' || format('%I.%I', actual.schema_name, actual.object_name) as object,
    format('revoke %s on %I.%I from %I', actual.privilege, actual.schema_name, actual.object_name, actual.role_name) as plant
from drydock.actual_right as actual
where actual.kind = 'relation'
  and actual.schema_name in (select schema_name from drydock.domain union select 'views')
order by actual.role_name, md5(actual.object_name), actual.privilege;
