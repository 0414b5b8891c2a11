-- title: Every SECURITY DEFINER function is pinned down
-- why: without a fixed search_path its caller decides what its names mean; owned by a superuser it lends that out
-- remedy: set search_path = '' and qualify its names; give it to a NOLOGIN role with just the rights it needs.
-- gate: boundary_isolated

select
    namespace.nspname || '.' || function.proname as object,
    1::bigint as examined,
    (not pinned.is_pinned or ((owner.rolsuper or owner.rolbypassrls) and not trigger_only.is_one))::int::bigint as violations,
    concat_ws('; ', 'owned by ' || owner.rolname, case when not pinned.is_pinned then coalesce(pinned.path || ', not empty', 'search_path is not fixed') end) as detail
from pg_catalog.pg_proc as function
join pg_catalog.pg_namespace as namespace
    on namespace.oid = function.pronamespace
join pg_catalog.pg_roles as owner
    on owner.oid = function.proowner
cross join lateral (
    select coalesce(
        (select bool_or(setting in ('search_path=""', 'search_path=pg_catalog, pg_temp')) from unnest(function.proconfig) as setting),
        false
    ) as is_pinned,
    (select setting from unnest(function.proconfig) as setting where setting like 'search_path=%') as path
) as pinned
cross join lateral (
    -- nobody can call a function that returns event_trigger
    select function.prorettype = 'pg_catalog.event_trigger'::regtype as is_one
) as trigger_only
where function.prosecdef
  and namespace.nspname !~ '^pg_'
order by object;
