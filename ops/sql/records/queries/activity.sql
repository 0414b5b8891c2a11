-- title: The activity of some days as one document
-- why: the daily check, the weekly report and the monthly look are the same questions over other spans
with span as (
    select now() - make_interval(days => $1::integer) as since, now() as until
), event as (
    select record.* from audit.audit_events_all as record, span where record.created_at >= span.since
)
select jsonb_build_object(
    'since', span.since,
    'until', span.until,
    'records', (select count(*) from event),
    'by_day', (select coalesce(jsonb_agg(jsonb_build_object('day', day, 'records', records) order by day), '[]')
        from (select (created_at at time zone 'UTC')::date as day, count(*) as records from event group by 1) as per_day),
    'by_action', (select coalesce(jsonb_agg(jsonb_build_object('action', action_type, 'records', records) order by records desc, action_type), '[]')
        from (select action_type, count(*) as records from event group by 1 order by 2 desc limit 20) as per_action),
    'by_actor', (select coalesce(jsonb_agg(jsonb_build_object('actor', created_by_user_id, 'records', records) order by records desc, created_by_user_id), '[]')
        from (select created_by_user_id, count(*) as records from event group by 1 order by 2 desc limit 10) as per_actor),
    'security', (select coalesce(jsonb_agg(jsonb_build_object('at', created_at, 'action', action_type, 'actor', created_by_user_id, 'workspace', workspace_id) order by created_at desc), '[]')
        from (select found.* from audit.vw_security_audit as found, span where found.created_at >= span.since order by created_at desc limit 100) as newest),
    'removed', (select coalesce(jsonb_agg(jsonb_build_object('at', deleted_at, 'reason', deletion_reason, 'authority', deletion_authority, 'records', records) order by deleted_at desc), '[]')
        from audit.audit_deletion_log where deleted_at >= span.since),
    'partitions', (select coalesce(jsonb_agg(jsonb_build_object('name', partition_name, 'bytes', bytes, 'rows', live_rows, 'dead', dead_rows) order by partition_name), '[]')
        from audit.vw_audit_growth where parent <> 'audit_personal'),
    'health', (select jsonb_agg(jsonb_build_object('item', item, 'healthy', healthy, 'detail', detail) order by item) from audit.vw_audit_health)
) as report
from span;
