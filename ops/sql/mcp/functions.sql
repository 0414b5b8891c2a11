-- title: The functions of the project that somebody who is logged in may call
-- why: some rights are had through a function only
--   $1 the schema, or null for all
--   $2 how many at most

select
    namespace.nspname as schema,
    pg_catalog.format(
        '%s(%s) returns %s',
        routine.proname,
        pg_catalog.pg_get_function_arguments(routine.oid),
        pg_catalog.pg_get_function_result(routine.oid)
    ) as call,
    pg_catalog.obj_description(routine.oid, 'pg_proc') as comment
from pg_catalog.pg_proc as routine
join pg_catalog.pg_namespace as namespace
    on namespace.oid = routine.pronamespace
where namespace.nspname !~ '^pg_' and namespace.nspname not in ('information_schema', 'drydock', 'extensions')
    and routine.prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype
    and pg_catalog.has_schema_privilege(namespace.oid, 'USAGE')
    and pg_catalog.has_function_privilege(routine.oid, 'EXECUTE')
    and ($1::text is null or namespace.nspname = $1)
order by 1, 2
limit $2;
