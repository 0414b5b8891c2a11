-- title: No foreign key crosses the boundary of a domain
-- why: a foreign key lets one domain block the other's deletes, and tells it which rows exist
-- remedy: Replace it with a soft link, filled by a link rule and checked for orphans.
-- gate: boundary_isolated

select
    namespace.nspname || '.' || relation.relname as object,
    1::bigint as examined,
    count(constraint_oid) as violations,
    coalesce(string_agg(format('%s references %s', name, target), '; ' order by name), 'none') as detail
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
left join lateral (
    select constrained.oid as constraint_oid, constrained.conname as name, constrained.confrelid::regclass::text as target
    from pg_catalog.pg_constraint as constrained
    join pg_catalog.pg_class as referenced on referenced.oid = constrained.confrelid
    where constrained.contype = 'f' -- foreign key
      and constrained.conrelid = relation.oid
      and referenced.relnamespace <> relation.relnamespace
) as crossing on true
where relation.relkind in ('r', 'p') -- table, partitioned table
group by namespace.nspname, relation.relname
order by object;
