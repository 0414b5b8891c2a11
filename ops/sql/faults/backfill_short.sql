-- title: A backfill changed fewer rows than it counted
-- class: history
-- at-most: 2

select
    file as object,
    format('update drydock.backfill_state set expected = expected + 1 where file = %L and lease = ''''', file) as plant
from drydock.backfill_state
where lease = ''
order by file;
