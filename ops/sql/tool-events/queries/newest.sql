-- title: The newest events, as they stand in a JSONL file
select json_build_object(
    'event_id', event_id, 'ts', to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'req_id', req_id, 'workspace_id', workspace_id, 'user_id', user_id, 'agent_id', agent_id,
    'tool', tool, 'action', action, 'status', status,
    'duration_ms', duration_ms, 'in_size', in_size, 'out_size', out_size, 'input_hash', input_hash,
    'graph_run_id', graph_run_id, 'graph_node', graph_node, 'job_id', job_id
) as event
from audit.tool_audit_events
order by ts desc, id desc
limit $1
