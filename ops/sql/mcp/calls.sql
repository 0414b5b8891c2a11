-- title: Functions by name that somebody who is logged in may not call
-- why: a statement is refused for a function in it as for a table
--   $1 names, as schema.name or name

select distinct
    namespace.nspname as schema,
    routine.proname as name,
    pg_catalog.has_schema_privilege(namespace.oid, 'USAGE') as "mayEnter"
from pg_catalog.pg_proc as routine
join pg_catalog.pg_namespace as namespace
    on namespace.oid = routine.pronamespace
where (routine.proname = any ($1::text[]) or pg_catalog.concat(namespace.nspname, '.', routine.proname) = any ($1::text[]))
    and not (
        pg_catalog.has_schema_privilege(namespace.oid, 'USAGE')
        and pg_catalog.has_function_privilege(routine.oid, 'EXECUTE')
    )
order by 1, 2;
