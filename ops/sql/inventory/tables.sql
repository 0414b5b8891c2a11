-- title: Every table, view, materialised view, foreign table and partition, with what the reader may do
-- why: takes no lock and needs no right, so that this list is whole whatever else is refused
-- $1: names of the schemas to look at; null for all but the system's
select
    relation.oid::bigint as oid,
    namespace.nspname as schema,
    relation.relname as "table",
    case relation.relkind
        when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
        when 'm' then 'materialised view' when 'f' then 'foreign table'
    end as kind,
    relation.relispartition as is_partition,
    owner.rolname as owner,
    -- pg_class.relhasindex and its like stay true after the last one is dropped, until a vacuum
    exists (select from pg_catalog.pg_index as index where index.indrelid = relation.oid) as has_indexes,
    exists (select from pg_catalog.pg_rewrite as rule where rule.ev_class = relation.oid) as has_rules,
    exists (
        select from pg_catalog.pg_trigger as trigger where trigger.tgrelid = relation.oid and not trigger.tgisinternal
    ) as has_triggers,
    relation.relrowsecurity as row_security,
    relation.relforcerowsecurity as row_security_forced,
    relation.relpersistence = 'u' as unlogged,
    pg_catalog.obj_description(relation.oid, 'pg_class') as comment,
    parent_namespace.nspname as parent_schema,
    parent.relname as parent_table,
    pg_catalog.pg_partition_root(relation.oid)::oid::bigint as root_oid,
    relation.reltuples::float8 as statistics_rows,
    relation.relpages as statistics_pages,
    coalesce(statistics.last_analyze, statistics.last_autoanalyze)::text as analyzed_at,
    pg_catalog.has_schema_privilege(namespace.oid, 'usage')
        and pg_catalog.has_table_privilege(relation.oid, 'select') as may_read,
    pg_catalog.row_security_active(relation.oid) as rows_hidden
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join pg_catalog.pg_roles as owner
    on owner.oid = relation.relowner
left join pg_catalog.pg_inherits as inheritance
    on inheritance.inhrelid = relation.oid and relation.relispartition
left join pg_catalog.pg_class as parent
    on parent.oid = inheritance.inhparent
left join pg_catalog.pg_namespace as parent_namespace
    on parent_namespace.oid = parent.relnamespace
left join pg_catalog.pg_stat_all_tables as statistics
    on statistics.relid = relation.oid
where relation.relkind in ('r', 'p', 'v', 'm', 'f')
  and case when $1::text[] is null
      then namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'
      else namespace.nspname = any ($1)
  end
order by namespace.nspname collate "C", relation.relname collate "C";
