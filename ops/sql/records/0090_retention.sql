-- title: How long records are kept, and what leaves
-- why: policy is only policy when something enforces it; whole partitions move, nothing leaves without an entry

set local role record_owner;

create table audit.audit_retention_policies (
    id                    uuid        not null default gen_random_uuid() primary key,
    workspace_id          uuid        not null unique,
    hot_retention_days    integer     not null default 90,
    warm_archive_days     integer     not null default 365,
    cold_delete_days      integer     not null default 2555,
    is_compliance_mode    boolean     not null default false,
    compliance_reason     text,
    compliance_owner      text,
    compliance_expires_at timestamptz,
    created_at            timestamptz not null default clock_timestamp(),
    updated_at            timestamptz not null default clock_timestamp(),
    constraint check_hot_retention_positive check (hot_retention_days > 0),
    constraint check_warm_after_hot check (warm_archive_days > hot_retention_days),
    constraint check_cold_after_warm check (cold_delete_days > warm_archive_days),
    constraint check_compliance_reason check (not is_compliance_mode
        or compliance_reason is not null and compliance_owner is not null and compliance_expires_at is not null)
);
comment on table audit.audit_retention_policies is 'How long a workspace''s records stay hot, warm and cold. The workspace of zeros is the rule for all others.';
comment on column audit.audit_retention_policies.id is 'Identifies the policy.';
comment on column audit.audit_retention_policies.workspace_id is 'The workspace.';
comment on column audit.audit_retention_policies.hot_retention_days is 'Days in audit_events.';
comment on column audit.audit_retention_policies.warm_archive_days is 'Days until a record leaves the database for a file.';
comment on column audit.audit_retention_policies.cold_delete_days is 'Days until the file goes.';
comment on column audit.audit_retention_policies.is_compliance_mode is 'Nothing of it is deleted or erased while this holds.';
comment on column audit.audit_retention_policies.compliance_reason is 'Why.';
comment on column audit.audit_retention_policies.compliance_owner is 'Who answers for it.';
comment on column audit.audit_retention_policies.compliance_expires_at is 'When it ends by itself.';
comment on column audit.audit_retention_policies.created_at is 'When it was made.';
comment on column audit.audit_retention_policies.updated_at is 'When it was changed.';
insert into audit.audit_retention_policies (workspace_id) values ('00000000-0000-0000-0000-000000000000');
grant select on audit.audit_retention_policies to record_reader, record_keeper, record_officer, record_desk;
grant insert, update on audit.audit_retention_policies to record_officer;
select audit.track('audit.audit_retention_policies', 'workspace_id', null, '{}', '{updated_at}');

create table audit.audit_deletion_log (
    id                 bigint       generated always as identity primary key,
    deleted_at         timestamptz  not null default clock_timestamp(),
    deleted_by         text         not null default session_user,
    deletion_reason    varchar(255) not null,
    deletion_authority varchar(100) not null,
    approval_ticket_id text,
    workspace_id       uuid,
    partition_name     text,
    records            bigint       not null,
    is_irrevocable     boolean      not null default false,
    detail             jsonb        not null default '{}',
    constraint check_deletion_authority check (deletion_authority in ('GDPR', 'CCPA', 'Manual', 'Retention')),
    constraint check_irrevocable_only_by_law check (not is_irrevocable or deletion_authority in ('GDPR', 'CCPA')),
    constraint check_deletion_records check (records >= 0)
);
comment on table audit.audit_deletion_log is 'Everything that left: moved, frozen into a file, dropped or erased. Append-only.';
comment on column audit.audit_deletion_log.id is 'Order.';
comment on column audit.audit_deletion_log.deleted_at is 'When.';
comment on column audit.audit_deletion_log.deleted_by is 'session_user: who logged in.';
comment on column audit.audit_deletion_log.deletion_reason is 'In words.';
comment on column audit.audit_deletion_log.deletion_authority is 'GDPR, CCPA, Manual or Retention.';
comment on column audit.audit_deletion_log.approval_ticket_id is 'Ticket of the approval, as text.';
comment on column audit.audit_deletion_log.workspace_id is 'Workspace, where it was of one.';
comment on column audit.audit_deletion_log.partition_name is 'Partition, where it was a whole one.';
comment on column audit.audit_deletion_log.records is 'How many records.';
comment on column audit.audit_deletion_log.is_irrevocable is 'Whether it cannot be brought back: an erasure.';
comment on column audit.audit_deletion_log.detail is 'Files, hashes, counts.';
create trigger record_append_only before update or delete on audit.audit_deletion_log
    for each row execute function audit.refuse_record_change();
select audit.guard_record_table('audit.audit_deletion_log');
create policy readers on audit.audit_deletion_log for select to record_reader, record_keeper, record_officer, record_desk using (true);
grant select on audit.audit_deletion_log to record_reader, record_keeper, record_officer, record_desk;

-- the workspaces of a partition by jumping through its index: a partition of millions has few of them
create function audit.workspaces_in(relation regclass) returns setof uuid
language plpgsql
stable
set search_path = ''
as $$
declare
    seen uuid;
begin
    execute format('select min_of.workspace_id from (select workspace_id from %s order by workspace_id limit 1) as min_of', relation) into seen;
    while seen is not null loop
        return next seen;
        execute format('select next_of.workspace_id from (select workspace_id from %s where workspace_id > $1 order by workspace_id limit 1) as next_of', relation) into seen using seen;
    end loop;
end;
$$;
comment on function audit.workspaces_in(regclass) is 'The workspaces that have a record in a table.';
revoke all on function audit.workspaces_in(regclass) from public;

create function audit.plan_of_partitions(tier text) returns table (
    partition_name text, month date, decision text, workspaces uuid[], reason text
)
language plpgsql
stable
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
    held    record;
    present uuid[];
    waiting uuid[];
    ready   uuid[];
    month_end timestamptz;
begin
    for held in
        select part.partition_name, part.relation, part.month
        from audit.audit_partition as part
        where part.parent = case tier when 'hot' then 'audit_events' else 'audit_events_archive' end
            and part.month < date_trunc('month', now())
        order by part.month
    loop
        present := array(select audit.workspaces_in(held.relation));
        month_end := held.month + interval '1 month';
        select
            coalesce(array_agg(workspace) filter (where month_end > now() - make_interval(days => days)), '{}'),
            -- of a partition that waits, the rows of those whose time has come for all of the month
            coalesce(array_agg(workspace) filter (where month_end <= now() - make_interval(days => days)), '{}')
        into waiting, ready
        from unnest(present) as workspace
        cross join lateral (
            select case tier when 'hot' then policy.hot_retention_days else policy.warm_archive_days end as days
            from audit.audit_retention_policies as policy
            where policy.workspace_id in (workspace, '00000000-0000-0000-0000-000000000000')
            order by policy.workspace_id = workspace desc
            limit 1
        ) as kept;
        partition_name := held.partition_name;
        month := held.month;
        if waiting = '{}' and present = '{}' then
            decision := case tier when 'hot' then 'drop empty' else 'keep' end;
            workspaces := '{}';
            reason := 'holds no record';
        elsif waiting = '{}' and (tier = 'warm' or to_regclass('audit.audit_events_archive_' || to_char(held.month, 'YYYY_MM')) is null) then
            decision := case tier when 'hot' then 'move' else 'freeze' end;
            workspaces := present;
            reason := 'every workspace in it is past its ' || case tier when 'hot' then 'hot' else 'warm' end || ' days';
        elsif ready <> '{}' and tier = 'hot' then
            decision := 'batch';
            workspaces := ready;
            reason := format('%s of its workspaces are past their hot days, %s are not', cardinality(ready), cardinality(waiting));
        else
            decision := 'keep';
            workspaces := waiting;
            reason := format('%s of its workspaces keep it longer, %s first of them', cardinality(waiting), waiting[1]);
        end if;
        return next;
    end loop;
end;
$$;
comment on function audit.plan_of_partitions(text) is 'What retention would do with each partition of a tier (hot or warm) now, and why.';
revoke all on function audit.plan_of_partitions(text) from public;
grant execute on function audit.plan_of_partitions(text) to record_keeper, record_officer;
