-- title: A migration on disk is not the one that was applied
-- class: history
-- at-most: 2

select
    path as object,
    format('update drydock.expected_file set sha256 = repeat(%L, 64) where path = %L', '0', path) as plant
from drydock.expected_file
where kind = 'migration'
order by path;
