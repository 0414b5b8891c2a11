-- title: Moving what is past its hot days to the archive
-- why: a detach holds up every writer until its transaction ends, so one month moves at a time, and what takes long comes before

set local role record_owner;

create function audit.move_audit_partition(name text) returns bigint
language plpgsql
set search_path = ''
as $$
declare
    moved    constant text := replace(name, 'audit_events', 'audit_events_archive');
    month    constant date := to_date(right(name, 7), 'YYYY_MM');
    records  bigint;
begin
    -- nothing comes to that month while it is counted, and writers to others go on
    execute format('lock table audit.%I in share mode', name);
    execute format('select count(*) from audit.%I', name) into records;
    -- from here to the commit every writer waits
    execute format('alter table audit.audit_events detach partition audit.%I', name);
    execute format('alter table audit.%I rename to %I', name, moved);
    execute format(
        'alter table audit.%I add column archived_at timestamptz not null default now(), '
        'add column archived_by text not null default session_user, add column archive_reason varchar(255) not null default ''retention''', moved
    );
    -- the month is a constraint of it already, so it is not read
    execute format('alter table audit.audit_events_archive attach partition audit.%I for values from (%L) to (%L)', moved,
        month::timestamp at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
    perform audit.guard_record_table(format('audit.%I', moved)::regclass);
    insert into audit.audit_deletion_log (deletion_reason, deletion_authority, partition_name, records)
    values ('moved to the archive as a whole partition', 'Retention', name, records);
    return records;
end;
$$;
comment on function audit.move_audit_partition(text) is 'Detaches a month from hot and attaches it to the archive in one transaction; says how many records that were.';
revoke all on function audit.move_audit_partition(text) from public;

create function audit.move_audit_batch(name text, moving uuid[], batch integer) returns bigint
language plpgsql
set search_path = ''
as $$
declare
    month constant date := to_date(right(name, 7), 'YYYY_MM');
    taken record;
    moved bigint := 0;
begin
    perform audit.make_audit_partition('audit_events_archive', month);
    create temporary table if not exists moving_record (id uuid, created_at timestamptz) on commit drop;
    truncate pg_temp.moving_record;
    execute format('insert into pg_temp.moving_record select id, created_at from audit.%I where workspace_id = any ($1) order by created_at limit $2', name)
    using moving, batch;
    execute format(
        'insert into audit.audit_events_archive select event.* from audit.%I as event join pg_temp.moving_record as chosen using (id, created_at)', name
    );
    execute format('delete from audit.%I as event using pg_temp.moving_record as chosen where chosen.id = event.id and chosen.created_at = event.created_at', name);
    get diagnostics moved = row_count;
    for taken in execute format('select workspace_id, count(*) as records from audit.audit_events_archive as event join pg_temp.moving_record using (id, created_at) group by 1') loop
        insert into audit.audit_deletion_log (deletion_reason, deletion_authority, workspace_id, partition_name, records)
        values ('moved to the archive in a batch', 'Retention', taken.workspace_id, name, taken.records);
    end loop;
    return moved;
end;
$$;
comment on function audit.move_audit_batch(text, uuid[], integer) is 'Moves at most that many records of some workspaces from a month to the archive.';
revoke all on function audit.move_audit_batch(text, uuid[], integer) from public;

create function audit.archive_old_audit_events(batch integer default 10000) returns table (archived_count bigint, deleted_count bigint)
language plpgsql
security definer
set search_path = ''
-- a detach needs ACCESS EXCLUSIVE: under a long reader it gives up rather than hold up writers, and comes again
set lock_timeout = '10ms'
set timezone = 'UTC'
as $$
declare
    planned record;
begin
    archived_count := 0;
    deleted_count := 0;
    select * into planned from audit.plan_of_partitions('hot') as plan where plan.decision <> 'keep' order by plan.month limit 1;
    if planned.decision = 'move' then
        archived_count := audit.move_audit_partition(planned.partition_name);
    elsif planned.decision = 'batch' then
        archived_count := audit.move_audit_batch(planned.partition_name, planned.workspaces, batch);
    elsif planned.decision = 'drop empty' then
        execute format('drop table audit.%I', planned.partition_name);
        insert into audit.audit_deletion_log (deletion_reason, deletion_authority, partition_name, records)
        values ('an empty partition of the past', 'Retention', planned.partition_name, 0);
        deleted_count := 1;
    end if;
    return next;
end;
$$;
comment on function audit.archive_old_audit_events(integer) is
    'Moves the oldest month that is past its hot days to the archive, or a batch of it where workspaces differ. Counts records moved and empty partitions dropped; zeros when nothing is due.';
revoke all on function audit.archive_old_audit_events(integer) from public;
grant execute on function audit.archive_old_audit_events(integer) to record_keeper;

create procedure audit.archive_all_due(inout archived_count bigint default 0, inout deleted_count bigint default 0, batch integer default 10000)
language plpgsql
-- no SET clause and with the rights of the caller: only so may it commit between months
as $$
declare
    refused  integer := 0;
    archived bigint := 1;
    deleted  bigint := 0;
begin
    while archived + deleted > 0 loop
        begin
            select step.archived_count, step.deleted_count into archived, deleted from audit.archive_old_audit_events(batch) as step;
            archived_count := archived_count + archived;
            deleted_count := deleted_count + deleted;
            refused := 0;
        exception when lock_not_available then
            refused := refused + 1;
            if refused = 40 then
                raise;
            end if;
        end;
        commit;
        if refused > 0 then
            perform pg_catalog.pg_sleep(0.25);
        end if;
    end loop;
end;
$$;
comment on procedure audit.archive_all_due(bigint, bigint, integer) is
    'Archives until nothing is due, each month in a transaction of its own; comes again 40 times, a quarter of a second apart, where a long reader is in the way.';
revoke all on procedure audit.archive_all_due(bigint, bigint, integer) from public;
grant execute on procedure audit.archive_all_due(bigint, bigint, integer) to record_keeper;
