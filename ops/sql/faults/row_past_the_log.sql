-- title: A row is gone, and the log does not know
-- class: audit

select
    format('%I.%I', namespace.nspname, relation.relname) as object,
    format(
        'alter table %1$I.%2$I disable trigger drydock_log_delete; '
        'delete from %1$I.%2$I where ctid = (select ctid from %1$I.%2$I limit 1); '
        'alter table %1$I.%2$I enable always trigger drydock_log_delete',
        namespace.nspname, relation.relname
    ) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
join (select distinct table_name from audit.change_log) as logged
    on logged.table_name = namespace.nspname || '.' || relation.relname
where relation.relkind = 'r' -- table
  and not exists (select from pg_catalog.pg_constraint as reference where reference.confrelid = relation.oid)
order by 1;
