-- title: Scheduling inside the database, where pg_cron is
-- why: what runs in the database runs while the host of the jobs is down, and enters how it went like any other

set local role record_owner;

create procedure audit.run_audit_job(job text)
language plpgsql
-- no SET clause and with the rights of the caller: only so may it commit
as $$
declare
    archived bigint := 0;
    dropped  bigint := 0;
begin
    -- said before, and taken back at the end: a job that fails or is killed leaves it
    perform audit.note_audit_job(job, 'pg_cron began it and it did not end; cron.job_run_details says why');
    commit;
    if job = 'partitions' then
        perform audit.keep_audit_partitions_ahead();
    elsif job = 'archive' then
        call audit.archive_all_due(archived, dropped);
    else
        raise exception 'there is no job % in the database', job using errcode = '22023';
    end if;
    perform audit.note_audit_job(job, null);
end;
$$;
comment on procedure audit.run_audit_job(text) is 'Runs partitions or archive and enters how it went: what a scheduler in the database calls.';
revoke all on procedure audit.run_audit_job(text) from public;
grant execute on procedure audit.run_audit_job(text) to record_keeper;

create function audit.schedule_audit_jobs() returns text
language plpgsql
set search_path = ''
as $$
begin
    if not exists (select from pg_extension where extname = 'pg_cron') then
        return 'drydock jobs';
    elsif not has_schema_privilege('cron', 'usage') then
        return format('drydock jobs (pg_cron is there, and %s may not use it: grant usage on schema cron)', current_user);
    end if;
    -- by name: scheduled again, they are the same two
    execute $job$select cron.schedule('drydock_audit_partitions', '0 1 * * *', 'call audit.run_audit_job(''partitions'')')$job$;
    execute $job$select cron.schedule('drydock_audit_archive', '0 2 * * *', 'call audit.run_audit_job(''archive'')')$job$;
    return 'pg_cron';
end;
$$;
comment on function audit.schedule_audit_jobs() is 'Schedules partitions and archive with pg_cron as the caller, where the extension is and he may use it; says who schedules.';
revoke all on function audit.schedule_audit_jobs() from public;
grant execute on function audit.schedule_audit_jobs() to record_keeper;
