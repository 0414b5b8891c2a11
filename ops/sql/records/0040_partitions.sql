-- title: A partition per month, made ahead
-- why: a missed scheduler must refuse no record, and making a partition must stop no writer

set local role record_owner;

create table audit.partition_schedule (
    next_partition_date date        not null primary key,
    is_created          boolean     not null default false,
    created_at          timestamptz not null default clock_timestamp()
);
comment on table audit.partition_schedule is 'Months that partitions were made for.';
comment on column audit.partition_schedule.next_partition_date is 'First day of the month.';
comment on column audit.partition_schedule.is_created is 'Whether its partitions are there.';
comment on column audit.partition_schedule.created_at is 'When that was noted.';

create view audit.audit_partition as
select
    parent.relname::text as parent,
    child.relname::text as partition_name,
    child.oid as relation,
    -- asked first, because the planner may read the names of all tables before it knows which are partitions
    case
        when child.relname ~ '^audit_(events|events_archive|personal)_\d{4}_\d\d$' then to_date(right(child.relname, 7), 'YYYY_MM')
    end as month
from pg_catalog.pg_inherits as link
join pg_catalog.pg_class as child on child.oid = link.inhrelid
join pg_catalog.pg_class as parent on parent.oid = link.inhparent
where link.inhparent in ('audit.audit_events'::regclass, 'audit.audit_events_archive'::regclass, 'audit.audit_personal'::regclass)
    and child.relkind = 'r';
comment on view audit.audit_partition is 'The partitions that are attached, with the UTC month each holds.';
grant select on audit.audit_partition, audit.partition_schedule to record_reader, record_keeper;

-- LIKE and ATTACH, not PARTITION OF: that takes ACCESS EXCLUSIVE on the parent, and one long reader would stop every writer
create function audit.make_audit_partition(parent text, month date) returns boolean
language plpgsql
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
    name       constant text := parent || '_' || to_char(month, 'YYYY_MM');
    first_time constant timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
    last_time  constant timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
begin
    if to_regclass('audit.' || name) is not null
        or (parent = 'audit_events' and to_regclass('audit.' || replace(name, 'audit_events', 'audit_events_archive')) is not null) then
        return false;
    end if;
    execute format('create table audit.%I (like audit.%I including defaults including constraints including indexes)', name, parent);
    -- stays: it lets the partition be attached again without reading it
    execute format('alter table audit.%I add constraint month check (created_at >= %L and created_at < %L)', name, first_time, last_time);
    execute format('alter table audit.%I set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02, autovacuum_freeze_min_age = 0)', name);
    execute format('alter table audit.%I attach partition audit.%I for values from (%L) to (%L)', parent, name, first_time, last_time);
    perform audit.guard_record_table(format('audit.%I', name)::regclass);
    insert into audit.partition_schedule (next_partition_date, is_created) values (month, true)
    on conflict (next_partition_date) do update set is_created = true;
    return true;
end;
$$;
comment on function audit.make_audit_partition(text, date) is 'Makes the partition of a month, guarded; false when it is there, or archived already.';
revoke all on function audit.make_audit_partition(text, date) from public;

create function audit.keep_audit_partitions_ahead(months integer default 3) returns integer
language plpgsql
security definer
set search_path = ''
set lock_timeout = '2s'
set timezone = 'UTC'
as $$
declare
    month date;
    made  integer := 0;
begin
    if months < 3 then
        raise exception 'at least 3 months are kept ahead, not %', months using errcode = '22023';
    end if;
    perform pg_advisory_xact_lock(hashtext('audit.audit_events'));
    for month in
        select wanted::date
        from generate_series(date_trunc('month', now()), date_trunc('month', now()) + make_interval(months => months), interval '1 month') as wanted
        union
        select date_trunc('month', created_at)::date from audit.audit_events_quarantine
        order by 1
    loop
        made := made + audit.make_audit_partition('audit_events', month)::integer;
        perform audit.make_audit_partition('audit_personal', month);
    end loop;
    perform audit.return_from_quarantine();
    return made;
end;
$$;
comment on function audit.keep_audit_partitions_ahead(integer) is 'This month and as many ahead, whatever is missing, and the months of quarantined records; says how many were made.';
revoke all on function audit.keep_audit_partitions_ahead(integer) from public;
grant execute on function audit.keep_audit_partitions_ahead(integer) to record_keeper;

create function audit.create_monthly_audit_partition() returns void
language plpgsql
security definer
set search_path = ''
set lock_timeout = '2s'
set timezone = 'UTC'
as $$
begin
    perform audit.keep_audit_partitions_ahead();
end;
$$;
comment on function audit.create_monthly_audit_partition() is 'What a monthly scheduler calls: keeps partitions ahead.';
revoke all on function audit.create_monthly_audit_partition() from public;
grant execute on function audit.create_monthly_audit_partition() to record_keeper;

create function audit.return_from_quarantine() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    returned bigint;
begin
    -- transaction_id is this transaction's: the record is sealed from now on, and stands under the time it had
    insert into audit.audit_events (
        id, created_at, recorded_at, occurred_at, recorded_by, source, created_by_user_id, action_type, resource_type, resource_id,
        workspace_id, old_values, new_values, changed_fields, request_id, tags, metadata, subject_id, origin_sha256, values_sha256
    )
    select
        id, created_at, recorded_at, occurred_at, recorded_by, source, created_by_user_id, action_type, resource_type, resource_id,
        workspace_id, old_values, new_values, changed_fields, request_id, tags, metadata, subject_id, origin_sha256, values_sha256
    from audit.audit_events_quarantine;
    get diagnostics returned = row_count;
    delete from audit.audit_events_quarantine as held
    where exists (select from audit.audit_events as copy where copy.id = held.id and copy.created_at = held.created_at);
    return returned;
end;
$$;
comment on function audit.return_from_quarantine() is 'Moves quarantined records to their partitions; says how many.';
revoke all on function audit.return_from_quarantine() from public;

create function audit.has_partition_for(moment timestamptz) returns boolean
language sql
stable parallel safe
set search_path = ''
set timezone = 'UTC'
return to_regclass('audit.audit_events_' || to_char(moment, 'YYYY_MM')) is not null;
comment on function audit.has_partition_for(timestamptz) is 'Whether a record of that time has a partition to go to.';

select audit.keep_audit_partitions_ahead();
