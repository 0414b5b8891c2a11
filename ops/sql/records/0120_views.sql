-- title: What a reader asks of the record
-- why: activity, growth and health as queries that anyone can read again

set local role record_owner;

create view audit.vw_audit_summary as
select workspace_id, (created_at at time zone 'UTC')::date as day, action_type, count(*) as events,
    count(distinct created_by_user_id) as users, min(created_at) as first_at, max(created_at) as last_at
from audit.audit_events_all
group by 1, 2, 3;
comment on view audit.vw_audit_summary is 'Records per workspace, UTC day and action.';

create view audit.vw_user_audit_activity as
select created_by_user_id, workspace_id, (created_at at time zone 'UTC')::date as day, count(*) as events,
    count(distinct action_type) as action_types, count(distinct resource_type) as resource_types
from audit.audit_events_all
group by 1, 2, 3;
comment on view audit.vw_user_audit_activity is 'Records per actor, workspace and UTC day.';

create view audit.vw_security_audit as
select id, created_at, created_by_user_id, workspace_id, action_type, resource_type, resource_id, recorded_by, tags, metadata
from audit.audit_events_all
where action_type in (
    'DELETE_USER_AUDIT_EVENTS', 'WORKSPACE_SWITCH', 'PERMISSION_GRANT', 'PERMISSION_REVOKE', 'PASSWORD_CHANGE', 'MFA_ENABLED', 'MFA_DISABLED',
    'CHANGE_WORKSPACE_MEMBER_ROLE', 'TRACK_TABLE', 'CONNECT_WORKSPACES', 'FREEZE_AUDIT_PARTITION', 'DELETE_AUDIT_FILE'
);
comment on view audit.vw_security_audit is 'Records of what changes access, and of what was done to the record itself.';

create view audit.vw_workspace_audit as
select * from audit.audit_events_all where resource_type = 'workspace';
comment on view audit.vw_workspace_audit is 'Records of workspaces.';

create view audit.vw_membership_audit as
select * from audit.audit_events_all where resource_type = 'workspace_membership';
comment on view audit.vw_membership_audit is 'Records of memberships.';

create view audit.vw_audit_growth as
select part.parent, part.partition_name, part.month, pg_total_relation_size(part.relation) as bytes,
    statistics.n_live_tup as live_rows, statistics.n_dead_tup as dead_rows, statistics.last_autovacuum, statistics.last_autoanalyze
from audit.audit_partition as part
left join pg_catalog.pg_stat_all_tables as statistics on statistics.relid = part.relation;
comment on view audit.vw_audit_growth is 'Size and rows of every partition; rows are the statistics'' estimate.';

create view audit.vw_audit_health as
with partitions as (
    select count(*) filter (where month > date_trunc('month', now() at time zone 'UTC')) as ahead,
        bool_or(month = date_trunc('month', now() at time zone 'UTC')) as has_current
    from audit.audit_partition
    where parent = 'audit_events'
), unguarded as (
    select count(*) as tables, string_agg(part.partition_name, ', ') as names
    from audit.audit_partition as part
    where (
        select count(*) from pg_catalog.pg_trigger
        where tgrelid = part.relation and tgname in ('record_append_only', 'record_kept', 'record_no_truncate') and tgenabled = 'A'
    ) < 3
), untracked as (
    select count(*) as tables, string_agg(tracked.table_name || case when part.is_part then ' (' || part.relid::regclass || ')' else '' end, ', ') as names
    from audit.audit_tracked_table as tracked
    left join lateral (
        select tree.relid, tree.relid <> whole.oid as is_part
        from pg_catalog.pg_class as whole
        join pg_catalog.pg_namespace as namespace on namespace.oid = whole.relnamespace
        cross join lateral (select whole.oid as relid union select made.relid from pg_partition_tree(whole.oid) as made) as tree
        where format('%I.%I', namespace.nspname, whole.relname) = tracked.table_name
    ) as part on true
    where (
        select count(*) from pg_catalog.pg_trigger
        where tgrelid = part.relid and tgname like 'record\_%' and tgenabled = 'A'
    ) < 4
)
select 'partitions ahead' as item, ahead >= 2 and coalesce(has_current, false) as healthy,
    format('%s months ahead, the current one %s', ahead, case when has_current then 'is there' else 'is missing' end) as detail
from partitions
union all
select 'guards', tables = 0, case tables when 0 then 'every partition is guarded' else names || ' are not guarded' end from unguarded
union all
select 'tracking', tables = 0, case tables when 0 then 'every tracked table has its triggers' else names || ' lost triggers' end from untracked
union all
select 'rules and triggers', count(*) = 0,
    case count(*) when 0 then 'no rule or trigger of others comes before what is written' else string_agg(format('%s on %s', name, relation::regclass), ', ') end
from (
    select rulename as name, ev_class as relation from pg_catalog.pg_rewrite
    union all
    select made.tgname, made.tgrelid
    from pg_catalog.pg_trigger as made
    join pg_catalog.pg_proc as called on called.oid = made.tgfoid
    where called.pronamespace <> 'audit'::regnamespace or pg_get_userbyid(called.proowner) <> 'record_owner'
) as foreign_one
where relation in (select 'audit.audit_events'::regclass union all select 'audit.audit_events_archive' union all select 'audit.audit_personal'
    union all select part.relation from audit.audit_partition as part)
union all
select 'quarantine', count(*) = 0, format('%s records wait for a partition', count(*)) from audit.audit_events_quarantine
union all
select 'personal inbox', coalesce(min(created_at) > now() - interval '10 minutes', true),
    case count(*) when 0 then 'nothing waits' else format('%s parts wait for a key, the first since %s', count(*), min(created_at)) end
from drydock.audit_personal_inbox
union all
select 'membership', coalesce(bool_and(tgenabled = 'A'), true),
    case
        when count(*) = 0 then 'actors are not compared with members: audit.connect_workspaces was not called'
        when bool_and(tgenabled = 'A') then 'actors are compared with members'
        else 'the comparison of actors with members was switched off'
    end
from pg_catalog.pg_trigger
where tgname = 'check_audit_workspace_membership' and tgrelid = 'audit.audit_events'::regclass
union all
select name, coalesce(succeeded_at, started_at) + interval > now(),
    case when succeeded_at is null then 'never succeeded' else 'last succeeded at ' || succeeded_at end
        || coalesce(', then failed: ' || case when failed_at > coalesce(succeeded_at, started_at) then error end, '')
from drydock.audit_job;
comment on view audit.vw_audit_health is 'One row per thing that must be well: partitions ahead, guards, tracking, quarantine, inbox, and no late job.';

grant select on audit.vw_audit_summary, audit.vw_user_audit_activity, audit.vw_security_audit, audit.vw_workspace_audit,
    audit.vw_membership_audit, audit.vw_audit_growth, audit.vw_audit_health to record_reader, record_keeper;
