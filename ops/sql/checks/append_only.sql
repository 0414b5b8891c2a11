-- title: The audit tables only grow
-- why: an audit table that can be edited or emptied proves nothing
-- remedy: select audit.make_append_only('audit.table'), and find out who removed the guard.
-- gate: audit_trail_complete

select
    'audit.' || relation.relname as object,
    2::bigint as examined,
    2 - count(trigger.oid) as violations,
    coalesce('guards: ' || string_agg(trigger.tgname, ', ' order by trigger.tgname), 'no guard') as detail
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
left join pg_catalog.pg_trigger as trigger
    on  trigger.tgrelid = relation.oid
    and trigger.tgfoid = 'audit.refuse_change()'::regprocedure
    and trigger.tgname in ('drydock_append_only', 'drydock_no_truncate')
    and trigger.tgenabled = 'A' -- always
where namespace.nspname = 'audit'
  and relation.relkind in ('r', 'p') -- table, partitioned table
group by relation.relname
order by object;
