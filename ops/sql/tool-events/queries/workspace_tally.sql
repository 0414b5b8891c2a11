-- title: Roll-ups of one workspace in [since, until), added up over the hours
select
    null as hour, dimension, key, tool, status,
    sum(calls)::bigint as calls,
    sum(duration_ms)::bigint as duration_ms,
    sum(in_size)::bigint as in_size,
    sum(out_size)::bigint as out_size,
    max(largest_out) as largest_out
from drydock.tool_event_hour
where hour >= $1 and hour < $2 and dimension = 'workspace' and key = $3
group by dimension, key, tool, status
