-- title: Roll-ups of one workspace in [since, until), hour by hour
select
    to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"') as hour,
    dimension, key, tool, status, calls, duration_ms, in_size, out_size, largest_out
from drydock.tool_event_hour
where hour >= $1 and hour < $2 and dimension = 'workspace' and key = $3
