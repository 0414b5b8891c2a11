-- title: What the events themselves say of [since, until), added up: $3 the dimensions, $4 the tools told apart, null for every one
-- why: the same rows as queries/tally.sql gives, without trust in roll-ups; scans that workers share, where grouping sets would be one that is not
with by_agent as materialized (
    select
        agent_id, workspace_id, case when $4::text[] is null or tool = any ($4) then tool end as tool, status,
        count(*) as calls, sum(duration_ms) as duration_ms, sum(in_size) as in_size, sum(out_size) as out_size,
        max(out_size) as largest_out
    from audit.tool_audit_events
    where ts >= $1 and ts < $2 and $3::text[] && '{agent,workspace}'
    group by 1, 2, 3, 4
),
counted as (
    select
        case when grouping(agent_id) = 0 then 'agent' else 'workspace' end as dimension,
        coalesce(agent_id, workspace_id) as key,
        tool, status,
        sum(calls) as calls, sum(duration_ms) as duration_ms, sum(in_size) as in_size, sum(out_size) as out_size,
        max(largest_out) as largest_out
    from by_agent
    group by tool, status, grouping sets ((agent_id), (workspace_id))

    union all

    select
        'user', user_id, case when $4::text[] is null or tool = any ($4) then tool end, status,
        count(*), sum(duration_ms), sum(in_size), sum(out_size), max(out_size)
    from audit.tool_audit_events
    where ts >= $1 and ts < $2 and 'user' = any ($3)
    group by 2, 3, 4

    union all

    select
        'tool', tool, tool, status,
        count(*), sum(duration_ms), sum(in_size), sum(out_size), max(out_size)
    from audit.tool_audit_events
    where ts >= $1 and ts < $2 and 'tool' = any ($3)
    group by 2, 4
)
select
    null as hour, dimension, key, tool, status, calls::bigint as calls, duration_ms::bigint as duration_ms,
    in_size::bigint as in_size, out_size::bigint as out_size, largest_out
from counted
where dimension = any ($3)
