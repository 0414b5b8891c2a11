-- title: Everybody may read a table
-- class: grants

select
    format('%I.%I', namespace.nspname, relation.relname) as object,
    format('grant select on %I.%I to public', namespace.nspname, relation.relname) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'p') -- table, partitioned table
order by 1;
