-- title: The indexes of these tables, without those that a partition has from its parent
-- $1: oids of the tables
select
    namespace.nspname as schema,
    relation.relname as "table",
    index_relation.relname as index,
    pg_catalog.pg_get_indexdef(index.indexrelid) as definition,
    index.indisunique as is_unique,
    index.indisprimary as is_primary,
    index.indisvalid as is_valid
from pg_catalog.pg_index as index
join pg_catalog.pg_class as relation
    on relation.oid = index.indrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join pg_catalog.pg_class as index_relation
    on index_relation.oid = index.indexrelid
where index.indrelid = any ($1::bigint[]::oid[])
  and not index_relation.relispartition
order by namespace.nspname collate "C", relation.relname collate "C", index_relation.relname collate "C";
