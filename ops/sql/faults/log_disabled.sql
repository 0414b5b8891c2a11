-- title: A verb on a table is no longer logged
-- class: audit
-- at-most: 4

select
    format('%s on %I.%I', trigger.tgname, namespace.nspname, relation.relname) as object,
    format('alter table %I.%I disable trigger %I', namespace.nspname, relation.relname, trigger.tgname) as plant
from pg_catalog.pg_trigger as trigger
join pg_catalog.pg_class as relation
    on relation.oid = trigger.tgrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
where trigger.tgname in ('drydock_log_insert', 'drydock_log_update', 'drydock_log_delete', 'drydock_log_truncate')
order by md5(relation.relname), trigger.tgname;
