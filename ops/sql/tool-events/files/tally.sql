-- title: What the files say of [since, until), per tool, status and one further dimension
-- why: the same rows as queries/tally.sql gives, by DuckDB over JSONL and Parquet
select
    null as hour,
    case
        when grouping(agent_id) = 0 then 'agent'
        when grouping(user_id) = 0 then 'user'
        when grouping(workspace_id) = 0 then 'workspace'
        else 'tool'
    end as dimension,
    coalesce(agent_id, user_id, workspace_id, tool) as key,
    tool,
    status,
    count(*)::double as calls,
    sum(duration_ms)::double as duration_ms,
    sum(in_size)::double as in_size,
    sum(out_size)::double as out_size,
    max(out_size) as largest_out
from event
where ts >= $since::timestamp and ts < $until::timestamp
group by tool, status, grouping sets ((), (agent_id), (user_id), (workspace_id))
