-- title: Hourly roll-ups
-- why: a digest of ten million events must not read ten million rows

create table drydock.tool_event_hour (
    hour        timestamptz not null,
    dimension   text        not null check (dimension in ('tool', 'agent', 'user', 'workspace')),
    key         text        not null,
    tool        text        not null,
    status      text        not null,
    calls       bigint      not null,
    duration_ms bigint      not null,
    in_size     bigint      not null,
    out_size    bigint      not null,
    largest_out integer     not null,
    primary key (hour, dimension, key, tool, status)
);
comment on table drydock.tool_event_hour is 'Calls per hour, tool, status and one further dimension. Derived from audit.tool_audit_events.';
comment on column drydock.tool_event_hour.hour is 'UTC hour.';
comment on column drydock.tool_event_hour.dimension is 'What key names: tool, agent, user or workspace. Every event counts once in each.';
comment on column drydock.tool_event_hour.key is 'The tool, agent, user or workspace.';
comment on column drydock.tool_event_hour.tool is 'Tool called.';
comment on column drydock.tool_event_hour.status is 'How the calls ended.';
comment on column drydock.tool_event_hour.calls is 'How many.';
comment on column drydock.tool_event_hour.duration_ms is 'Sum of their milliseconds.';
comment on column drydock.tool_event_hour.in_size is 'Sum of input bytes.';
comment on column drydock.tool_event_hour.out_size is 'Sum of output bytes.';
comment on column drydock.tool_event_hour.largest_out is 'Largest output in bytes.';
alter table drydock.tool_event_hour owner to tool_event_owner;
grant select on drydock.tool_event_hour to tool_event_reader;

create function drydock.tool_event_tally(since timestamptz, until timestamptz) returns setof drydock.tool_event_hour
language sql
stable
set search_path = ''
set work_mem = '64MB'
begin atomic
    select
        pg_catalog.date_bin('1 hour', event.ts, 'epoch'),
        case
            when grouping(event.agent_id) = 0 then 'agent'
            when grouping(event.user_id) = 0 then 'user'
            when grouping(event.workspace_id) = 0 then 'workspace'
            else 'tool'
        end,
        coalesce(event.agent_id, event.user_id, event.workspace_id, event.tool),
        event.tool,
        event.status,
        count(*),
        sum(event.duration_ms)::bigint,
        sum(event.in_size)::bigint,
        sum(event.out_size)::bigint,
        max(event.out_size)
    from audit.tool_audit_events as event
    where event.ts >= since and event.ts < until
    group by
        pg_catalog.date_bin('1 hour', event.ts, 'epoch'), event.tool, event.status,
        grouping sets ((), (event.agent_id), (event.user_id), (event.workspace_id));
end;
comment on function drydock.tool_event_tally(timestamptz, timestamptz) is 'What the roll-up of [since, until) must say, counted from the events themselves.';
alter function drydock.tool_event_tally(timestamptz, timestamptz) owner to tool_event_owner;
revoke all on function drydock.tool_event_tally(timestamptz, timestamptz) from public;
grant execute on function drydock.tool_event_tally(timestamptz, timestamptz) to tool_event_reader;
