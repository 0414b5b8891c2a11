-- title: No function tells rows to whoever listens
-- why: a notification reaches every session of the database that listens, whatever its role; no policy looks at what it says
-- remedy: Send what needs no policy, the name of a table for instance, and waive the finding by name; or take the call out.
-- gate: boundary_isolated
-- severity: warning

select
    namespace.nspname || '.' || function.proname as object,
    1::bigint as examined,
    (
        code.text ~* '\mpg_notify\M\s*\('
        or code.text ~* '\mnotify\M\s+\S+\s*,' -- without a payload it is a signal
    )::int::bigint as violations,
    'owned by ' || pg_catalog.pg_get_userbyid(function.proowner) as detail
from pg_catalog.pg_proc as function
join pg_catalog.pg_namespace as namespace
    on namespace.oid = function.pronamespace
cross join lateral (
    -- without comments
    select regexp_replace(
        coalesce(pg_catalog.pg_get_function_sqlbody(function.oid), function.prosrc), '--[^\n]*|/\*.*?\*/', '', 'g'
    ) as text
) as code
where namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'
  and function.prokind in ('f', 'p') -- function, procedure
order by object;
