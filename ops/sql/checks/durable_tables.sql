-- title: Every domain table survives a crash
-- why: an unlogged table is empty after one, without an error
-- remedy: alter table ... set logged.
-- gate: scripts_complete

select
    namespace.nspname || '.' || relation.relname as object,
    1::bigint as examined,
    (relation.relpersistence <> 'p')::int::bigint as violations, -- p: permanent
    case relation.relpersistence when 'p' then 'permanent' else 'unlogged' end as detail
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'm') -- table, materialised view
order by object;
