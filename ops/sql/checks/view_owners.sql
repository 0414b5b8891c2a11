-- title: No view leaks past its reader's rights
-- why: a view reads with the rights of its owner; a privileged owner hands them to every reader
-- remedy: Give it to views_owner with security_barrier, or make it security_invoker inside one domain.
-- gate: boundary_isolated

select
    namespace.nspname || '.' || relation.relname as object,
    1::bigint as examined,
    (
        case
            when namespace.nspname = 'views' then
                owner.rolname <> 'views_owner'
                or relation.relkind = 'm' -- a materialised view holds rows past any policy
                or not coalesce('security_barrier=true' = any (relation.reloptions), false)
                or coalesce('security_invoker=true' = any (relation.reloptions), false)
            else not coalesce('security_invoker=true' = any (relation.reloptions), false)
        end
        or owner.rolsuper or owner.rolbypassrls
    )::int::bigint as violations,
    concat_ws(
        '; ',
        'owned by ' || owner.rolname,
        case when owner.rolsuper then 'a superuser' end,
        case when owner.rolbypassrls then 'with BYPASSRLS' end,
        case when relation.relkind = 'm' then 'materialised' end,
        array_to_string(relation.reloptions, ', ')
    ) as detail
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join pg_catalog.pg_roles as owner
    on owner.oid = relation.relowner
where relation.relkind in ('v', 'm') -- view, materialised view
  and (namespace.nspname = 'views' or namespace.nspname in (select schema_name from drydock.domain))

union all

select 'schema ' || namespace.nspname, 1, 0, 'looked through for views'
from pg_catalog.pg_namespace as namespace
where namespace.nspname = 'views' or namespace.nspname in (select schema_name from drydock.domain)
order by object;
