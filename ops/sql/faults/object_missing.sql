-- title: A table that a migration makes is not there
-- class: history
-- at-most: 2

select
    expected.schema_name || '.' || expected.object_name as object,
    format('alter table %I.%I rename to planted', expected.schema_name, expected.object_name) as plant
from drydock.expected_object as expected
where expected.kind = 'table'
order by 1;
