-- title: Tool events, and the guard that lets them only grow
-- why: an audit that can be edited proves nothing; partitions let retention remove a day without touching a row

create function audit.refuse_tool_event_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    raise exception '%.% is append-only: % is refused', tg_table_schema, tg_table_name, lower(tg_op)
        using errcode = 'DD001',
              hint = 'Add a correcting event instead; retention removes whole partitions.';
end;
$$;
comment on function audit.refuse_tool_event_change() is 'Trigger: refuses UPDATE, DELETE and TRUNCATE, for owners and superusers too.';
alter function audit.refuse_tool_event_change() owner to tool_event_owner;

create table audit.tool_audit_events (
    id           bigint      not null generated always as identity,
    event_id     uuid        not null,
    ts           timestamptz not null,
    req_id       text        not null,
    workspace_id text        not null,
    user_id      text        not null,
    agent_id     text        not null,
    tool         text        not null,
    action       text        not null,
    status       text        not null,
    duration_ms  integer     not null default 0,
    in_size      integer     not null default 0,
    out_size     integer     not null default 0,
    input_hash   text        not null default '',
    graph_run_id text,
    graph_node   text,
    job_id       text,
    primary key (id, ts),
    unique (event_id, ts),
    constraint tool_audit_events_status check (status in ('pass', 'failed', 'denied', 'timeout', 'rate_limited')),
    constraint tool_audit_events_sizes check (duration_ms >= 0 and in_size >= 0 and out_size >= 0),
    -- names and ids only: what is longer, or spaced like a sentence, is payload
    constraint tool_audit_events_names check (
        length(req_id) <= 128 and length(workspace_id) <= 128 and length(user_id) <= 128 and length(agent_id) <= 128
        and length(tool) <= 128 and length(action) <= 128 and length(graph_run_id) <= 128 and length(graph_node) <= 128
        and length(job_id) <= 128
    ),
    constraint tool_audit_events_input_hash check (input_hash = '' or input_hash ~ '^hmac-sha256:[A-Za-z0-9_-]{1,32}:[0-9a-f]{64}$')
) partition by range (ts);
comment on table audit.tool_audit_events is 'One row per governed tool call: metadata, never payload. Append-only; a partition per UTC day.';
comment on column audit.tool_audit_events.id is 'Order of arrival here; gaps are rolled-back batches.';
comment on column audit.tool_audit_events.event_id is 'UUIDv7 made before the first attempt to store it, so that a retry is recognised.';
comment on column audit.tool_audit_events.ts is 'When the call was made, fixed together with event_id.';
comment on column audit.tool_audit_events.req_id is 'Request the call belongs to.';
comment on column audit.tool_audit_events.workspace_id is 'Workspace it was made in.';
comment on column audit.tool_audit_events.user_id is 'User it was made for.';
comment on column audit.tool_audit_events.agent_id is 'Agent that made it.';
comment on column audit.tool_audit_events.tool is 'Tool that was called.';
comment on column audit.tool_audit_events.action is 'What of the tool was called.';
comment on column audit.tool_audit_events.status is 'pass, failed, denied, timeout or rate_limited.';
comment on column audit.tool_audit_events.duration_ms is 'Milliseconds the call took.';
comment on column audit.tool_audit_events.in_size is 'Bytes of its input.';
comment on column audit.tool_audit_events.out_size is 'Bytes of its output.';
comment on column audit.tool_audit_events.input_hash is 'HMAC-SHA-256 of the input as hmac-sha256:KEY_ID:HEX, or empty.';
comment on column audit.tool_audit_events.graph_run_id is 'Run of an agent graph, if any.';
comment on column audit.tool_audit_events.graph_node is 'Node of that graph.';
comment on column audit.tool_audit_events.job_id is 'Job that made the call, if any.';
alter table audit.tool_audit_events owner to tool_event_owner;

create index tool_audit_events_by_time on audit.tool_audit_events (ts);
create index tool_audit_events_by_workspace on audit.tool_audit_events (workspace_id, ts);
create index tool_audit_events_by_tool on audit.tool_audit_events (tool, ts);
create index tool_audit_events_by_agent on audit.tool_audit_events (agent_id, ts);

create trigger tool_event_append_only before update or delete on audit.tool_audit_events
    for each row execute function audit.refuse_tool_event_change();
create trigger tool_event_no_truncate before truncate on audit.tool_audit_events
    for each statement execute function audit.refuse_tool_event_change();
-- always: session_replication_role = replica does not switch them off
alter table audit.tool_audit_events enable always trigger tool_event_append_only, enable always trigger tool_event_no_truncate;

grant insert on audit.tool_audit_events to tool_event_writer;
grant select on audit.tool_audit_events to tool_event_reader;
