-- title: Functions by name that somebody who is logged in may not call, by any of their arguments
-- why: a statement is refused for a function in it as for a table
--   $1 names, as schema.name or name

select
    namespace.nspname as schema,
    routine.proname as name
from pg_catalog.pg_proc as routine
join pg_catalog.pg_namespace as namespace
    on namespace.oid = routine.pronamespace
where routine.proname = any ($1::text[]) or pg_catalog.concat(namespace.nspname, '.', routine.proname) = any ($1::text[])
group by 1, 2, namespace.oid
having not pg_catalog.bool_or(pg_catalog.has_function_privilege(routine.oid, 'EXECUTE'))
    or not pg_catalog.has_schema_privilege(namespace.oid, 'USAGE')
order by 1, 2;
