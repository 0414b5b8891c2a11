-- title: An audit table has lost a guard
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
where trigger.tgname in ('drydock_append_only', 'drydock_no_truncate')
order by 1;
