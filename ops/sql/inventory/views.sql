-- title: The views and materialised views among these relations, with their definitions
-- $1: oids of the relations
select
    namespace.nspname as schema,
    relation.relname as view,
    relation.relkind = 'm' as is_materialised,
    pg_catalog.to_jsonb(coalesce(relation.reloptions, '{}')) as options,
    pg_catalog.pg_get_viewdef(relation.oid) as definition
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
where relation.oid = any ($1::bigint[]::oid[])
  and relation.relkind in ('v', 'm')
order by namespace.nspname collate "C", relation.relname collate "C";
