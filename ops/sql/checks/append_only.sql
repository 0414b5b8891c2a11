-- title: The audit tables only grow
-- why: an audit table that can be edited or emptied proves nothing
-- remedy: select audit.make_append_only('audit.table'), and find out who removed the guard.
-- gate: audit_trail_complete

select
    'audit.' || relation.relname as object,
    count(*) as examined,
    count(*) filter (where not guarded.is_so) as violations,
    coalesce(
        'open to ' || string_agg(guard.against, ', ' order by guard.against) filter (where not guarded.is_so),
        'only grows'
    ) as detail
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
-- bits of tgtype: before each row of update and delete; before each truncate
cross join (values ('update and delete', 1 + 2 + 16 + 8), ('truncate', 2 + 32)) as guard (against, type)
cross join lateral (
    select exists (
        select
        from pg_catalog.pg_trigger as trigger
        where trigger.tgrelid = relation.oid
          and trigger.tgfoid = 'audit.refuse_change()'::regprocedure
          and trigger.tgtype = guard.type
          and trigger.tgenabled = 'A' -- always, also under session_replication_role = replica
          and trigger.tgqual is null -- no WHEN
          and trigger.tgattr::text = '' -- not only of some columns
    ) as is_so
) as guarded
where namespace.nspname = 'audit'
  and relation.relkind in ('r', 'p') -- table, partitioned table
group by relation.relname
order by object;
