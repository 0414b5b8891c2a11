-- title: An audit table can be edited or emptied
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
where trigger.tgname in ('drydock_append_only', 'drydock_no_truncate')
order by 1;
