-- title: No foreign key crosses the boundary of a domain
-- why: a foreign key lets one side block the other's deletes, and tells it which rows exist
-- remedy: Replace it with a soft link, filled by a link rule and checked for orphans.
-- gate: boundary_isolated

select
    namespace.nspname || '.' || relation.relname as object,
    1::bigint as examined,
    count(crossing.name) as violations,
    coalesce(string_agg(crossing.in_words, '; ' order by crossing.in_words), 'none') as detail
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
left join lateral (
    select
        foreign_key.conname as name,
        format('%s: %s references %s', foreign_key.conname, foreign_key.conrelid::regclass, foreign_key.confrelid::regclass) as in_words
    from pg_catalog.pg_constraint as foreign_key
    join pg_catalog.pg_class as referencing on referencing.oid = foreign_key.conrelid
    join pg_catalog.pg_class as referenced on referenced.oid = foreign_key.confrelid
    where foreign_key.contype = 'f' -- foreign key
      and relation.oid in (referencing.oid, referenced.oid)
      and referencing.relnamespace <> referenced.relnamespace
) as crossing on true
where relation.relkind in ('r', 'p') -- table, partitioned table
group by namespace.nspname, relation.relname
order by object;
