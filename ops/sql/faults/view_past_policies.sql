-- title: A view belongs to a role that is past every policy
-- class: views
-- at-most: 1

select
    'views.planted over ' || format('%I.%I', namespace.nspname, relation.relname) as object,
    format(
        'create role planted_bypass bypassrls; grant usage on schema %1$I to planted_bypass; '
        'grant select on %1$I.%2$I to planted_bypass; '
        'create view views.planted with (security_barrier) as select * from %1$I.%2$I; '
        'alter view views.planted owner to planted_bypass',
        namespace.nspname, relation.relname
    ) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'p') -- table, partitioned table
order by 1;
