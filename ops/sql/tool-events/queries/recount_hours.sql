-- title: What the events themselves say of tools in [since, until), hour by hour
-- why: the same rows as queries/hours.sql gives, without trust in roll-ups
with event as (
    select date_bin('1 hour', ts, 'epoch') as hour, tool, status, duration_ms, in_size, out_size
    from audit.tool_audit_events
    where ts >= $1 and ts < $1::timestamptz + ($2::timestamptz - $1::timestamptz) / 2

    union all

    -- in two halves: of one, the planner knows so many times that it expects a group for each event, and lets no worker help
    select date_bin('1 hour', ts, 'epoch'), tool, status, duration_ms, in_size, out_size
    from audit.tool_audit_events
    where ts >= $1::timestamptz + ($2::timestamptz - $1::timestamptz) / 2 and ts < $2
)
select
    to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"') as hour,
    'tool' as dimension,
    tool as key,
    tool,
    status,
    count(*) as calls,
    sum(duration_ms)::bigint as duration_ms,
    sum(in_size)::bigint as in_size,
    sum(out_size)::bigint as out_size,
    max(out_size) as largest_out
from event
group by event.hour, tool, status
