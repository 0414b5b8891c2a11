-- title: What the events themselves say of [since, until), added up over the hours
-- why: the same rows as queries/tally.sql gives, without trust in roll-ups; each dimension by itself, so that workers share the counting
select
    null as hour, 'tool' as dimension, tool as key, tool, status,
    count(*) as calls, sum(duration_ms)::bigint as duration_ms, sum(in_size)::bigint as in_size, sum(out_size)::bigint as out_size,
    max(out_size) as largest_out
from audit.tool_audit_events
where ts >= $1 and ts < $2
group by tool, status

union all

select
    null, 'agent', agent_id, tool, status,
    count(*), sum(duration_ms)::bigint, sum(in_size)::bigint, sum(out_size)::bigint,
    max(out_size)
from audit.tool_audit_events
where ts >= $1 and ts < $2
group by agent_id, tool, status

union all

select
    null, 'user', user_id, tool, status,
    count(*), sum(duration_ms)::bigint, sum(in_size)::bigint, sum(out_size)::bigint,
    max(out_size)
from audit.tool_audit_events
where ts >= $1 and ts < $2
group by user_id, tool, status

union all

select
    null, 'workspace', workspace_id, tool, status,
    count(*), sum(duration_ms)::bigint, sum(in_size)::bigint, sum(out_size)::bigint,
    max(out_size)
from audit.tool_audit_events
where ts >= $1 and ts < $2
group by workspace_id, tool, status
