-- title: A partition per day, made ahead, removed whole
-- why: a missed scheduler must not refuse events, and no row of the past may be deleted one by one

create table audit.tool_event_retention (
    id             bigint generated always as identity primary key,
    at             timestamptz not null default clock_timestamp(),
    by_user        text        not null default session_user,
    partition_name text        not null,
    day            date        not null,
    events         bigint      not null check (events >= 0),
    bytes          bigint      not null
);
comment on table audit.tool_event_retention is 'Every partition that retention removed. Append-only.';
comment on column audit.tool_event_retention.id is 'Order of removal.';
comment on column audit.tool_event_retention.at is 'When it was removed.';
comment on column audit.tool_event_retention.by_user is 'session_user: who logged in.';
comment on column audit.tool_event_retention.partition_name is 'Its name.';
comment on column audit.tool_event_retention.day is 'UTC day it held.';
comment on column audit.tool_event_retention.events is 'Rows it held.';
comment on column audit.tool_event_retention.bytes is 'Size of table, indexes and TOAST.';
alter table audit.tool_event_retention owner to tool_event_owner;
create trigger tool_event_append_only before update or delete on audit.tool_event_retention
    for each row execute function audit.refuse_tool_event_change();
create trigger tool_event_no_truncate before truncate on audit.tool_event_retention
    for each statement execute function audit.refuse_tool_event_change();
alter table audit.tool_event_retention enable always trigger tool_event_append_only, enable always trigger tool_event_no_truncate;
grant select on audit.tool_event_retention to tool_event_reader, tool_event_retention;

create view audit.tool_event_partition as
select
    child.oid as relation,
    child.relname::text as partition_name,
    -- asked first, because the planner may read the names of all tables before it knows which are partitions
    case when child.relname ~ '^tool_audit_events_\d{8}$' then to_date(right(child.relname, 8), 'YYYYMMDD') end as day
from pg_catalog.pg_inherits as link
join pg_catalog.pg_class as child
    on child.oid = link.inhrelid
where link.inhparent = 'audit.tool_audit_events'::regclass;
comment on view audit.tool_event_partition is 'The partitions that are attached, with the UTC day each holds.';
alter view audit.tool_event_partition owner to tool_event_owner;
-- the writer too: it must tell an event of a day without a partition from one that is wrong
grant select on audit.tool_event_partition to tool_event_writer, tool_event_reader, tool_event_retention;

-- LIKE and ATTACH, not PARTITION OF: that takes ACCESS EXCLUSIVE on the parent, and one long reader would stop every writer
create function audit.make_tool_event_partitions(first_day date, last_day date) returns integer
language plpgsql
security definer
set search_path = ''
set lock_timeout = '5s'
set timezone = 'UTC'
as $$
declare
    day  date;
    name text;
    made integer := 0;
begin
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('audit.tool_audit_events'));
    for day in
        select wanted::date
        from pg_catalog.generate_series(first_day, last_day, interval '1 day') as wanted
        where not exists (select from audit.tool_event_partition as present where present.day = wanted::date)
    loop
        name := 'tool_audit_events_' || to_char(day, 'YYYYMMDD');
        execute format('create table audit.%I (like audit.tool_audit_events including defaults including constraints)', name);
        execute format('alter table audit.%I add constraint day check (ts >= %L and ts < %L)', name, day::timestamptz, (day + 1)::timestamptz);
        execute format('alter table audit.tool_audit_events attach partition audit.%I for values from (%L) to (%L)', name, day::timestamptz, (day + 1)::timestamptz);
        execute format('alter table audit.%I drop constraint day', name);
        -- a TRUNCATE trigger is not inherited, and neither is ENABLE ALWAYS
        execute format('create trigger tool_event_no_truncate before truncate on audit.%I for each statement execute function audit.refuse_tool_event_change()', name);
        execute format('alter table audit.%I enable always trigger tool_event_append_only, enable always trigger tool_event_no_truncate', name);
        made := made + 1;
    end loop;
    return made;
end;
$$;
comment on function audit.make_tool_event_partitions(date, date) is 'Makes the missing partitions of these UTC days, both included; says how many.';
alter function audit.make_tool_event_partitions(date, date) owner to tool_event_owner;
revoke all on function audit.make_tool_event_partitions(date, date) from public;

create function audit.keep_tool_event_partitions_ahead() returns integer
language sql
security definer
set search_path = ''
begin atomic
    select audit.make_tool_event_partitions((now() at time zone 'UTC')::date - 1, (now() at time zone 'UTC')::date + 7);
end;
comment on function audit.keep_tool_event_partitions_ahead() is 'Yesterday to a week ahead, whatever is missing. Every writer calls it, so no scheduler can be missed.';
alter function audit.keep_tool_event_partitions_ahead() owner to tool_event_owner;
revoke all on function audit.keep_tool_event_partitions_ahead() from public;
grant execute on function audit.keep_tool_event_partitions_ahead() to tool_event_writer, tool_event_retention;
