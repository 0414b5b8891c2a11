-- title: Relations of every schema that could be a domain
-- why: what a right on a whole schema would reach

select
    namespace.nspname::text as schema,
    schema_owner.rolname::text as schema_owner,
    schema_owner.rolsuper as owner_is_superuser,
    relation.relname::text as name,
    relation.relkind in ('v', 'm') as is_view,
    relation_owner.rolname::text as owner,
    array(
        select attribute.attname::text
        from pg_catalog.pg_attribute as attribute
        where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
        order by attribute.attnum
    ) as columns
from pg_catalog.pg_namespace as namespace
join pg_catalog.pg_roles as schema_owner on schema_owner.oid = namespace.nspowner
join pg_catalog.pg_class as relation
    on relation.relnamespace = namespace.oid
   and relation.relkind in ('r', 'p', 'v', 'm', 'f') -- table, partitioned, view, materialised view, foreign table
join pg_catalog.pg_roles as relation_owner on relation_owner.oid = relation.relowner
where namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'
  and not exists (
      select
      from pg_catalog.pg_depend as member
      where member.classid = 'pg_catalog.pg_class'::regclass and member.objid = relation.oid and member.deptype = 'e' -- of an extension
  )
order by namespace.nspname, relation.relname;
