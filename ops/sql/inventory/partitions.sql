-- title: The partitions among these relations, with their bounds
-- $1: oids of the relations
select
    namespace.nspname as schema,
    relation.relname as "table",
    pg_catalog.pg_get_expr(relation.relpartbound, relation.oid) as bound,
    pg_catalog.pg_get_partkeydef(relation.oid) as partition_key
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
where relation.oid = any ($1::bigint[]::oid[])
  and (relation.relispartition or relation.relkind = 'p')
order by namespace.nspname collate "C", relation.relname collate "C";
