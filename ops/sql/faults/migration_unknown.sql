-- title: Something was applied that is not on disk
-- class: history
-- at-most: 2

select
    path as object,
    format('delete from drydock.expected_file where path = %L', path) as plant
from drydock.expected_file
where kind = 'migration'
order by path desc;
