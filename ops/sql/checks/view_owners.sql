-- title: No view leaks past its reader's rights
-- why: a view reads with the rights of its owner; a privileged owner hands them to every reader
-- remedy: Give it to views_owner with security_barrier, or make it security_invoker inside one domain.
-- gate: boundary_isolated

with looked_through as (
    select namespace.oid, namespace.nspname
    from pg_catalog.pg_namespace as namespace
    where namespace.nspname !~ '^pg_'
      -- the last two are Drydock's own, which nobody but the auditor enters
      and namespace.nspname not in ('information_schema', 'extensions', 'audit', 'drydock')
)
select
    looked_through.nspname || '.' || relation.relname as object,
    1::bigint as examined,
    (
        owner.rolsuper
        or owner.rolbypassrls
        -- a materialised view, which holds rows past any policy, can have neither option
        or case looked_through.nspname
            when 'views' then owner.rolname <> 'views_owner' or option.is_invoker or not option.is_barrier
            else not option.is_invoker
        end
    )::int::bigint as violations,
    concat_ws(
        '; ',
        'owned by ' || owner.rolname,
        case when owner.rolsuper then 'a superuser' end,
        case when owner.rolbypassrls then 'with BYPASSRLS' end,
        case when relation.relkind = 'm' then 'materialised' end,
        case when option.is_invoker then 'security_invoker' end,
        case when not option.is_barrier then 'no security_barrier' end
    ) as detail
from looked_through
join pg_catalog.pg_class as relation
    on  relation.relnamespace = looked_through.oid
    and relation.relkind in ('v', 'm') -- view, materialised view
join pg_catalog.pg_roles as owner
    on owner.oid = relation.relowner
cross join lateral (
    select
        coalesce(bool_or(option_value::boolean) filter (where option_name = 'security_invoker'), false) as is_invoker,
        coalesce(bool_or(option_value::boolean) filter (where option_name = 'security_barrier'), false) as is_barrier
    from pg_catalog.pg_options_to_table(relation.reloptions)
) as option

union all

select 'schema ' || looked_through.nspname, 1, 0, 'looked through for views'
from looked_through
order by object;
