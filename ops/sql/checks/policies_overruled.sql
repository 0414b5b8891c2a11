-- title: No policy is made pointless by another
-- why: permissive policies are joined by OR: beside one that lets all rows through, one that names the rows decides nothing
-- remedy: Drop the one that lets all rows through; or the other, when all rows are meant.
-- gate: rls_active

with domain_policy as (
    select
        policy.oid, policy.polrelid, policy.polname, policy.polcmd, policy.polroles,
        namespace.nspname || '.' || relation.relname as table_name,
        -- a policy for insert has no "using"; without "with check", "using" is asked
        coalesce(pg_catalog.pg_get_expr(policy.polqual, policy.polrelid), 'true') = 'true'
            and coalesce(pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid), 'true') = 'true' as lets_all
    from pg_catalog.pg_policy as policy
    join pg_catalog.pg_class as relation on relation.oid = policy.polrelid
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    join drydock.domain as domain on domain.schema_name = namespace.nspname
    where policy.polpermissive
)
select
    policy.table_name || ': ' || policy.polname as object,
    1::bigint as examined,
    (overruled.by_names is not null)::int::bigint as violations,
    coalesce('decides nothing beside ' || overruled.by_names, 'has its say') as detail
from domain_policy as policy
cross join lateral (
    select string_agg(other.polname, ', ' order by other.polname) as by_names
    from domain_policy as other
    where other.polrelid = policy.polrelid
      and other.lets_all
      and not policy.lets_all
      -- reading everything and writing one's own is two policies, and both have their say
      and other.polcmd in ('*', policy.polcmd)
      and policy.polroles <@ other.polroles
) as overruled
order by object;
