-- title: A backfill stopped before its end
-- class: history
-- at-most: 2

select
    file as object,
    format('update drydock.backfill_state set finished_at = null where file = %L and lease = ''''', file) as plant
from drydock.backfill_state
where lease = ''
order by file desc;
