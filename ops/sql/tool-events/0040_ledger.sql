-- title: The ledger of what was stored, and the hours that changed
-- why: counted in the transaction that stores, so that emitted = stored + spooled + rejected can be checked per minute and source

create table audit.tool_event_ledger (
    source text        not null,
    minute timestamptz not null,
    stored integer     not null check (stored > 0),
    at     timestamptz not null default clock_timestamp()
);
comment on table audit.tool_event_ledger is 'Events stored, per batch, source and minute of the event. Append-only.';
comment on column audit.tool_event_ledger.source is 'application_name of the connection: the spool directory they came through.';
comment on column audit.tool_event_ledger.minute is 'UTC minute of the events.';
comment on column audit.tool_event_ledger.stored is 'How many of them this batch stored.';
comment on column audit.tool_event_ledger.at is 'When.';
create index tool_event_ledger_by_minute on audit.tool_event_ledger (minute);

create table drydock.tool_event_changed_hour (
    hour timestamptz not null
);
comment on table drydock.tool_event_changed_hour is 'Hours that got events since their roll-up was made. Each batch adds its own row, so that no lock is shared.';
comment on column drydock.tool_event_changed_hour.hour is 'UTC hour.';

alter table audit.tool_event_ledger owner to tool_event_owner;
alter table drydock.tool_event_changed_hour owner to tool_event_owner;
create trigger tool_event_append_only before update or delete on audit.tool_event_ledger
    for each row when (pg_catalog.current_setting('audit.retention', true) is distinct from 'on' or current_user <> 'tool_event_owner')
    execute function audit.refuse_tool_event_change();
create trigger tool_event_no_truncate before truncate on audit.tool_event_ledger
    for each statement execute function audit.refuse_tool_event_change();
alter table audit.tool_event_ledger enable always trigger tool_event_append_only, enable always trigger tool_event_no_truncate;
grant select on audit.tool_event_ledger to tool_event_reader;
grant select on drydock.tool_event_changed_hour to tool_event_reader;

-- Not a trigger with a transition table: on a partitioned table that takes multi-row inserts away from COPY, a fifth of its speed.
create function audit.note_tool_events(minutes timestamptz[], counts integer[]) returns void
language sql
security definer
set search_path = ''
begin atomic
    insert into audit.tool_event_ledger (source, minute, stored)
    select pg_catalog.current_setting('application_name'), batch.minute, batch.stored
    from unnest(minutes, counts) as batch (minute, stored);
    insert into drydock.tool_event_changed_hour (hour)
    select distinct pg_catalog.date_trunc('hour', batch.minute, 'UTC')
    from unnest(minutes) as batch (minute);
end;
comment on function audit.note_tool_events(timestamptz[], integer[]) is 'Enters what was copied in this transaction: how many events of which minutes.';
alter function audit.note_tool_events(timestamptz[], integer[]) owner to tool_event_owner;
revoke all on function audit.note_tool_events(timestamptz[], integer[]) from public;
grant execute on function audit.note_tool_events(timestamptz[], integer[]) to tool_event_writer;

create function audit.store_tool_events(events jsonb) returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
    stored  integer;
    minutes timestamptz[];
    counts  integer[];
begin
    with fresh as (
        insert into audit.tool_audit_events (
            event_id, ts, req_id, workspace_id, user_id, agent_id, tool, action, status,
            duration_ms, in_size, out_size, input_hash, graph_run_id, graph_node, job_id
        )
        select
            event_id, ts, req_id, workspace_id, user_id, agent_id, tool, action, status,
            duration_ms, in_size, out_size, input_hash, graph_run_id, graph_node, job_id
        from jsonb_populate_recordset(null::audit.tool_audit_events, events)
        on conflict do nothing
        returning date_trunc('minute', ts) as minute
    ),
    batch as (
        select fresh.minute, count(*)::integer as stored from fresh group by fresh.minute
    )
    select coalesce(sum(batch.stored), 0), array_agg(batch.minute), array_agg(batch.stored)
    into stored, minutes, counts
    from batch;
    perform audit.note_tool_events(minutes, counts);
    return stored;
end;
$$;
comment on function audit.store_tool_events(jsonb) is 'Stores those of a JSON array of events that are not there yet; says how many. For batches that may have been stored before.';
alter function audit.store_tool_events(jsonb) owner to tool_event_owner;
revoke all on function audit.store_tool_events(jsonb) from public;
grant execute on function audit.store_tool_events(jsonb) to tool_event_writer;
