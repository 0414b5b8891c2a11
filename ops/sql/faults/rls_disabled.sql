-- title: Row-level security is off
-- class: rls
-- past: the event trigger, which would refuse it

select
    format('%I.%I', namespace.nspname, relation.relname) as object,
    format('alter table %I.%I disable row level security', namespace.nspname, relation.relname) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'p') -- table, partitioned table
order by 1;
