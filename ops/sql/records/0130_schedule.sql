-- title: Scheduling inside the database, where pg_cron is
-- why: what runs in the database runs while the host of the jobs is down

set local role record_owner;

create function audit.schedule_audit_jobs() returns text
language plpgsql
set search_path = ''
as $$
begin
    if not exists (select from pg_extension where extname = 'pg_cron') then
        return 'drydock jobs';
    end if;
    execute $job$select cron.schedule('create_monthly_audit_partition', '0 1 * * *', 'select audit.create_monthly_audit_partition()')$job$;
    execute $job$select cron.schedule('archive_old_audit_events', '0 2 * * *', 'select audit.archive_old_audit_events()')$job$;
    return 'pg_cron';
end;
$$;
comment on function audit.schedule_audit_jobs() is 'Schedules partitions and archive with pg_cron as the caller, where the extension is; says who schedules.';
revoke all on function audit.schedule_audit_jobs() from public;
grant execute on function audit.schedule_audit_jobs() to record_keeper;
