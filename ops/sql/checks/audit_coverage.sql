-- title: Every domain table is logged, for every verb
-- why: a change that leaves no trace cannot be reviewed
-- remedy: select drydock.log_changes_of('schema.table'), and find out who removed the trigger.
-- gate: audit_trail_complete

select
    namespace.nspname || '.' || relation.relname as object,
    count(*) as examined,
    count(*) filter (where not logged.is_so) as violations,
    coalesce(
        'not logged: ' || string_agg(wanted.verb, ', ' order by wanted.verb) filter (where not logged.is_so),
        'logged'
    ) as detail
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
-- tgtype of a trigger after a statement of that verb
cross join (values ('insert', 4), ('update', 16), ('delete', 8), ('truncate', 32)) as wanted (verb, type)
cross join lateral (
    select exists (
        select
        from pg_catalog.pg_trigger as trigger
        where trigger.tgrelid = relation.oid
          and trigger.tgfoid = 'audit.log_change()'::regprocedure
          and trigger.tgtype = wanted.type
          and trigger.tgenabled = 'A' -- always, also under session_replication_role = replica
          and trigger.tgqual is null -- no WHEN
    ) as is_so
) as logged
where relation.relkind in ('r', 'p') -- table, partitioned table
group by namespace.nspname, relation.relname
order by object;
