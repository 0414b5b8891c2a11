-- title: A policy believes a setting that the session can set
-- class: rls

select
    format('%I.%I', namespace.nspname, relation.relname) as object,
    format(
        'create policy planted on %I.%I for select to %I using (current_setting(''app.tenant'', true) = ''mine'')',
        namespace.nspname, relation.relname, domain.service
    ) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'p') -- table, partitioned table
order by 1;
