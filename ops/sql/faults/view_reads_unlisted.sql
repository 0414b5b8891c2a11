-- title: A view may read a table that the contract does not list for it
-- class: views
-- at-most: 2

select
    format('%I.%I', namespace.nspname, relation.relname) as object,
    format('grant select on %I.%I to views_owner', namespace.nspname, relation.relname) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'p') -- table, partitioned table
  and not pg_catalog.has_table_privilege('views_owner', relation.oid, 'SELECT')
order by 1;
