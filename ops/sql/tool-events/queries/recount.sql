-- title: What the events themselves say of [since, until), added up over the hours
-- why: the same rows as queries/tally.sql gives, without trust in roll-ups; two scans, each shared by workers, where grouping sets would be one that is not
with by_agent as materialized (
    select
        agent_id, workspace_id, tool, status,
        count(*) as calls, sum(duration_ms) as duration_ms, sum(in_size) as in_size, sum(out_size) as out_size,
        max(out_size) as largest_out
    from audit.tool_audit_events
    where ts >= $1 and ts < $2
    group by agent_id, workspace_id, tool, status
)
select
    null as hour,
    case when grouping(agent_id) = 0 then 'agent' when grouping(workspace_id) = 0 then 'workspace' else 'tool' end as dimension,
    coalesce(agent_id, workspace_id, tool) as key,
    tool,
    status,
    sum(calls)::bigint as calls,
    sum(duration_ms)::bigint as duration_ms,
    sum(in_size)::bigint as in_size,
    sum(out_size)::bigint as out_size,
    max(largest_out) as largest_out
from by_agent
group by tool, status, grouping sets ((), (agent_id), (workspace_id))

union all

select
    null, 'user', user_id, tool, status,
    count(*), sum(duration_ms)::bigint, sum(in_size)::bigint, sum(out_size)::bigint,
    max(out_size)
from audit.tool_audit_events
where ts >= $1 and ts < $2
group by user_id, tool, status
