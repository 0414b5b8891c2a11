-- title: A table has lost a trigger of the change log
-- class: audit
-- at-most: 4

select
    format('%s on %I.%I', trigger.tgname, namespace.nspname, relation.relname) as object,
    format('drop trigger %I on %I.%I', trigger.tgname, namespace.nspname, relation.relname) as plant
from pg_catalog.pg_trigger as trigger
join pg_catalog.pg_class as relation
    on relation.oid = trigger.tgrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
where trigger.tgname in ('drydock_log_insert', 'drydock_log_update', 'drydock_log_delete', 'drydock_log_truncate')
order by md5(relation.relname), trigger.tgname;
