-- title: What the events themselves say of [since, until), added up over the hours
-- why: the same rows as queries/tally.sql gives, without trust in roll-ups; in quarters, so that several workers can count
with counted as (
    select tool, status, agent_id, user_id, workspace_id, grouping(agent_id, user_id, workspace_id) as rolled,
        count(*) as calls, sum(duration_ms) as duration_ms, sum(in_size) as in_size, sum(out_size) as out_size, max(out_size) as largest_out
    from audit.tool_audit_events
    where ts >= $1::timestamptz + ($2::timestamptz - $1::timestamptz) * 0 and ts < $1::timestamptz + ($2::timestamptz - $1::timestamptz) * 0.25
    group by tool, status, grouping sets ((), (agent_id), (user_id), (workspace_id))
    union all
    select tool, status, agent_id, user_id, workspace_id, grouping(agent_id, user_id, workspace_id) as rolled,
        count(*) as calls, sum(duration_ms) as duration_ms, sum(in_size) as in_size, sum(out_size) as out_size, max(out_size) as largest_out
    from audit.tool_audit_events
    where ts >= $1::timestamptz + ($2::timestamptz - $1::timestamptz) * 0.25 and ts < $1::timestamptz + ($2::timestamptz - $1::timestamptz) * 0.5
    group by tool, status, grouping sets ((), (agent_id), (user_id), (workspace_id))
    union all
    select tool, status, agent_id, user_id, workspace_id, grouping(agent_id, user_id, workspace_id) as rolled,
        count(*) as calls, sum(duration_ms) as duration_ms, sum(in_size) as in_size, sum(out_size) as out_size, max(out_size) as largest_out
    from audit.tool_audit_events
    where ts >= $1::timestamptz + ($2::timestamptz - $1::timestamptz) * 0.5 and ts < $1::timestamptz + ($2::timestamptz - $1::timestamptz) * 0.75
    group by tool, status, grouping sets ((), (agent_id), (user_id), (workspace_id))
    union all
    select tool, status, agent_id, user_id, workspace_id, grouping(agent_id, user_id, workspace_id) as rolled,
        count(*) as calls, sum(duration_ms) as duration_ms, sum(in_size) as in_size, sum(out_size) as out_size, max(out_size) as largest_out
    from audit.tool_audit_events
    where ts >= $1::timestamptz + ($2::timestamptz - $1::timestamptz) * 0.75 and ts < $1::timestamptz + ($2::timestamptz - $1::timestamptz) * 1
    group by tool, status, grouping sets ((), (agent_id), (user_id), (workspace_id))
)
select
    null as hour,
    case rolled when 3 then 'agent' when 5 then 'user' when 6 then 'workspace' else 'tool' end as dimension,
    coalesce(agent_id, user_id, workspace_id, tool) as key,
    tool,
    status,
    sum(calls)::bigint as calls,
    sum(duration_ms)::bigint as duration_ms,
    sum(in_size)::bigint as in_size,
    sum(out_size)::bigint as out_size,
    max(largest_out) as largest_out
from counted
group by rolled, agent_id, user_id, workspace_id, tool, status
