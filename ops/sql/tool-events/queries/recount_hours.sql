-- title: What the events themselves say of tools in [since, until), hour by hour
-- why: the same rows as queries/hours.sql gives, without trust in roll-ups
select
    to_char(date_bin('1 hour', ts, 'epoch') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"') as hour,
    'tool' as dimension,
    tool as key,
    tool,
    status,
    count(*) as calls,
    sum(duration_ms)::bigint as duration_ms,
    sum(in_size)::bigint as in_size,
    sum(out_size)::bigint as out_size,
    max(out_size) as largest_out
from audit.tool_audit_events
where ts >= $1 and ts < $2
group by date_bin('1 hour', ts, 'epoch'), tool, status
