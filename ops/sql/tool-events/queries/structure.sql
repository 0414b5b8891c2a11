-- title: What of the tool event table is not as its migrations make it
-- why: a guard that was dropped by hand is missed by nobody until it is needed
with expected (column_name, type) as (
    values
        ('id', 'bigint'), ('event_id', 'uuid'), ('ts', 'timestamp with time zone'), ('req_id', 'text'),
        ('workspace_id', 'text'), ('user_id', 'text'), ('agent_id', 'text'), ('tool', 'text'), ('action', 'text'),
        ('status', 'text'), ('duration_ms', 'integer'), ('in_size', 'integer'), ('out_size', 'integer'),
        ('input_hash', 'text'), ('graph_run_id', 'text'), ('graph_node', 'text'), ('job_id', 'text')
),
actual as (
    select attribute.attname::text as column_name, pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) as type
    from pg_catalog.pg_attribute as attribute
    where attribute.attrelid = 'audit.tool_audit_events'::regclass and attribute.attnum > 0 and not attribute.attisdropped
),
guarded as (
    select relation.oid::regclass::text as relation, guard.name
    from pg_catalog.pg_class as relation
    left join pg_catalog.pg_inherits as link on link.inhrelid = relation.oid
    cross join (values ('tool_event_append_only'), ('tool_event_no_truncate')) as guard (name)
    where relation.oid = 'audit.tool_audit_events'::regclass or link.inhparent = 'audit.tool_audit_events'::regclass
)
select
    'column ' || coalesce(expected.column_name, actual.column_name) as object,
    case
        when actual.column_name is null then 'is missing'
        when expected.column_name is null then 'is not of the migrations'
        when actual.type <> expected.type then 'is ' || actual.type || ', not ' || expected.type
    end as problem
from expected
full join actual on actual.column_name = expected.column_name

union all

select
    'trigger ' || guarded.name || ' on ' || guarded.relation,
    case
        when trigger.oid is null then 'is missing'
        when trigger.tgenabled <> 'A' then 'is not enabled always' -- A: always
    end
from guarded
left join pg_catalog.pg_trigger as trigger
    on trigger.tgrelid = guarded.relation::regclass and trigger.tgname = guarded.name
