-- title: Months that are in files
-- why: a month leaves the database only when its file was read back; a file goes only when every workspace in it allows that

set local role record_owner;

create table audit.audit_cold_file (
    month         date        not null primary key,
    file          text        not null,
    sha256        text        not null check (sha256 ~ '^[0-9a-f]{64}$'),
    records       bigint      not null,
    personal      bigint      not null,
    workspaces    uuid[]      not null,
    written_at    timestamptz not null default clock_timestamp()
);
comment on table audit.audit_cold_file is 'Months that are in files and no more in the database. Append-only.';
comment on column audit.audit_cold_file.month is 'First day of the month, UTC.';
comment on column audit.audit_cold_file.file is 'Where the file is.';
comment on column audit.audit_cold_file.sha256 is 'Hash of its bytes.';
comment on column audit.audit_cold_file.records is 'Records in it.';
comment on column audit.audit_cold_file.personal is 'Encrypted personal parts in it.';
comment on column audit.audit_cold_file.workspaces is 'Whose records are in it.';
comment on column audit.audit_cold_file.written_at is 'When.';
create trigger record_append_only before update or delete on audit.audit_cold_file
    for each row execute function audit.refuse_record_change();
select audit.guard_record_table('audit.audit_cold_file');
create policy readers on audit.audit_cold_file for select to record_reader, record_keeper using (true);
grant select on audit.audit_cold_file to record_reader, record_keeper;

create function audit.drop_frozen_partition(p_month date, p_file text, p_sha256 text, p_records bigint, p_personal bigint) returns void
language plpgsql
security definer
set search_path = ''
set lock_timeout = '10ms'
set timezone = 'UTC'
as $$
declare
    name     constant text := 'audit_events_archive_' || to_char(p_month, 'YYYY_MM');
    personal constant text := 'audit_personal_' || to_char(p_month, 'YYYY_MM');
    found_in record;
begin
    if not exists (select from audit.plan_of_partitions('warm') as plan where plan.month = p_month and plan.decision = 'freeze') then
        raise exception '% may not be frozen now', name using errcode = 'DD002', hint = 'audit.plan_of_partitions(''warm'') says why.';
    end if;
    if to_regclass('audit.audit_events_' || to_char(p_month, 'YYYY_MM')) is not null then
        raise exception '% has records that are still hot', name using errcode = 'DD002';
    end if;
    execute format('select (select count(*) from audit.%I) as records, (select count(*) from audit.%I) as personal', name, personal) into found_in;
    if (found_in.records, found_in.personal) is distinct from (p_records, p_personal) then
        raise exception '% holds % records and % personal parts, its file % and %', name, found_in.records, found_in.personal, p_records, p_personal
            using errcode = 'DD002';
    end if;
    insert into audit.audit_cold_file (month, file, sha256, records, personal, workspaces)
    values (p_month, p_file, p_sha256, p_records, p_personal, array(select audit.workspaces_in(format('audit.%I', name)::regclass)));
    insert into audit.audit_deletion_log (deletion_reason, deletion_authority, partition_name, records, detail)
    values ('frozen into a file that was read back and compared', 'Retention', name, p_records, jsonb_build_object('file', p_file, 'sha256', p_sha256));
    perform audit.system_record('FREEZE_AUDIT_PARTITION', jsonb_build_object('partition', name, 'records', p_records, 'sha256', p_sha256));
    execute format('drop table audit.%I', name);
    execute format('drop table audit.%I', personal);
end;
$$;
comment on function audit.drop_frozen_partition(date, text, text, bigint, bigint) is 'Drops a month of the archive that is in a file now, when policy allows and the counts agree.';
revoke all on function audit.drop_frozen_partition(date, text, text, bigint, bigint) from public;
grant execute on function audit.drop_frozen_partition(date, text, text, bigint, bigint) to record_keeper;

create view audit.audit_cold_file_due as
select
    cold.month, cold.file, cold.sha256, cold.records,
    max(cold.month + interval '1 month' + make_interval(days => policy.cold_delete_days)) as due_at,
    string_agg(format('%s holds it until %s: %s', policy.compliance_owner, policy.compliance_expires_at::date, policy.compliance_reason), '; ')
        filter (where policy.is_compliance_mode and policy.compliance_expires_at > now()) as held,
    exists (select from audit.audit_deletion_log as entry where entry.partition_name = cold.file and entry.deletion_reason = 'a file past its cold days') as removed
from audit.audit_cold_file as cold
cross join lateral unnest(cold.workspaces) as workspace
cross join lateral (
    select rule.*
    from audit.audit_retention_policies as rule
    where rule.workspace_id in (workspace, '00000000-0000-0000-0000-000000000000')
    order by rule.workspace_id = workspace desc
    limit 1
) as policy
group by cold.month, cold.file, cold.sha256, cold.records;
comment on view audit.audit_cold_file_due is 'When each cold file may go, and who holds it.';
grant select on audit.audit_cold_file_due to record_reader, record_keeper;

create function audit.forget_cold_file(p_month date) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
    due record;
begin
    select * into due from audit.audit_cold_file_due where month = p_month and not removed;
    if due is null or due.due_at > now() or due.held is not null then
        raise exception 'the file of % may not go: %', p_month, coalesce(due.held, 'due ' || due.due_at, 'there is none') using errcode = 'DD002';
    end if;
    insert into audit.audit_deletion_log (deletion_reason, deletion_authority, partition_name, records, detail)
    values ('a file past its cold days', 'Retention', due.file, due.records, jsonb_build_object('sha256', due.sha256));
    perform audit.system_record('DELETE_AUDIT_FILE', jsonb_build_object('file', due.file, 'month', p_month, 'records', due.records));
    return due.file;
end;
$$;
comment on function audit.forget_cold_file(date) is 'Enters that a cold file goes, when policy allows; says which file.';
revoke all on function audit.forget_cold_file(date) from public;
grant execute on function audit.forget_cold_file(date) to record_keeper;
