-- title: What the files say of [since, until), per tool, status and one further dimension; $dimensions a JSON array, and so $apart, the tools told apart, null for every one
-- why: the same rows as queries/tally.sql gives, by DuckDB over JSONL and Parquet, in one pass
with told as (
    select
        tool, if($apart is null or list_contains(from_json($apart::varchar, '["VARCHAR"]'), tool), tool, null) as told,
        agent_id, user_id, workspace_id, status, duration_ms, in_size, out_size
    from event
    where ts >= $since::timestamp and ts < $until::timestamp
)
select
    null as hour,
    case
        when grouping(agent_id) = 0 then 'agent'
        when grouping(user_id) = 0 then 'user'
        when grouping(workspace_id) = 0 then 'workspace'
        else 'tool'
    end as dimension,
    coalesce(agent_id, user_id, workspace_id, tool) as key,
    coalesce(told, tool) as tool,
    status,
    count(*)::double as calls,
    sum(duration_ms)::double as duration_ms,
    sum(in_size)::double as in_size,
    sum(out_size)::double as out_size,
    max(out_size) as largest_out
from told
group by grouping sets ((tool, status), (agent_id, told, status), (user_id, told, status), (workspace_id, told, status))
having list_contains(from_json($dimensions::varchar, '["VARCHAR"]'), dimension)
