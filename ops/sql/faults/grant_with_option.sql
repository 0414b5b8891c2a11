-- title: A role may hand its right on
-- class: grants

select distinct on (actual.schema_name)
    actual.role_name || ' on ' || format('%I.%I', actual.schema_name, actual.object_name) as object,
    format('grant %s on %I.%I to %I with grant option', actual.privilege, actual.schema_name, actual.object_name, actual.role_name) as plant
from drydock.actual_right as actual
join drydock.domain as domain
    on domain.schema_name = actual.schema_name
where actual.kind = 'relation'
order by actual.schema_name, actual.object_name, actual.role_name, actual.privilege;
