-- title: Every index of the domains is valid
-- why: one that was built concurrently and failed stays behind, is written and never read
-- remedy: Drop it, and promote again.
select
    namespace.nspname || '.' || index_relation.relname as object,
    1::bigint as examined,
    (not indexed.indisvalid)::int::bigint as violations,
    case when indexed.indisvalid then 'valid' else 'is invalid: its building did not end' end as detail
from pg_catalog.pg_index as indexed
join pg_catalog.pg_class as index_relation
    on index_relation.oid = indexed.indexrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = index_relation.relnamespace
where namespace.nspname = any ($1::text[])
order by object;
