-- title: A view belongs to the owner of the tables it reads
-- class: views
-- at-most: 1

select
    'views.planted over ' || format('%I.%I', namespace.nspname, relation.relname) as object,
    format(
        'create view views.planted with (security_barrier) as select * from %I.%I; alter view views.planted owner to %I',
        namespace.nspname, relation.relname, domain.owner
    ) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'p') -- table, partitioned table
order by 1;
