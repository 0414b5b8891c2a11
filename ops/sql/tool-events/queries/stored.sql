-- title: Events of a source that were stored, per minute of [since, until)
select
    to_char(minute at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI":00.000Z"') as minute,
    sum(stored)::bigint as stored
from audit.tool_event_ledger
where source = $1 and minute >= $2 and minute < $3
group by minute
