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

create function audit.count_tool_events() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    with counted as (
        insert into audit.tool_event_ledger (source, minute, stored)
        select pg_catalog.current_setting('application_name'), pg_catalog.date_trunc('minute', added.ts), count(*)
        from added
        group by 2
        returning minute
    )
    insert into drydock.tool_event_changed_hour (hour)
    select distinct pg_catalog.date_trunc('hour', counted.minute, 'UTC')
    from counted;
    return null;
end;
$$;
comment on function audit.count_tool_events() is 'Trigger: enters a batch in the ledger and marks its hours as changed.';
alter function audit.count_tool_events() owner to tool_event_owner;

create trigger tool_event_count after insert on audit.tool_audit_events
    referencing new table as added
    for each statement execute function audit.count_tool_events();
alter table audit.tool_audit_events enable always trigger tool_event_count;
