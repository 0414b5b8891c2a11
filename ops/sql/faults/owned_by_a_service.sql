-- title: A table belongs to the service that uses it
-- class: roles

select
    format('%I.%I', namespace.nspname, relation.relname) as object,
    format('alter table %I.%I owner to %I', namespace.nspname, relation.relname, domain.service) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'p') -- table, partitioned table
order by 1;
