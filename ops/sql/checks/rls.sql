-- title: Row-level security is enabled and forced, with a policy for every granted verb
-- why: a table without it shows every row; a granted verb without a policy does nothing and says success
-- remedy: enable and force row level security; create a policy to the named role for the named verb.
-- gate: rls_active

with domain_table as (
    select relation.oid, namespace.nspname, relation.relname, relation.relrowsecurity, relation.relforcerowsecurity
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    join drydock.domain as domain on domain.schema_name = namespace.nspname
    -- table, partitioned table; foreign table, which cannot have it and so has no place in a domain
    where relation.relkind in ('r', 'p', 'f')
),
granted as (
    select distinct domain_table.oid, expected.role_name, expected.privilege
    from drydock.expected_right as expected
    join domain_table
        on domain_table.nspname = expected.schema_name and domain_table.relname = expected.object_name
    where expected.kind in ('relation', 'column')
      and expected.privilege in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
),
unmet as (
    select granted.oid, granted.role_name || ' ' || granted.privilege as grant_without_policy
    from granted
    where not exists (
        select
        from pg_catalog.pg_policy as policy
        where policy.polrelid = granted.oid
          and policy.polpermissive
          and policy.polcmd in ('*', case granted.privilege
              when 'SELECT' then 'r' when 'INSERT' then 'a' when 'UPDATE' then 'w' when 'DELETE' then 'd'
          end::"char")
          and (0 = any (policy.polroles) or quote_ident(granted.role_name)::regrole::oid = any (policy.polroles)) -- 0: PUBLIC
    )
)
select
    domain_table.nspname || '.' || domain_table.relname as object,
    3 + (select count(*) from granted where granted.oid = domain_table.oid) as examined,
    (not domain_table.relrowsecurity)::int
        + (not domain_table.relforcerowsecurity)::int
        + (not exists (select from pg_catalog.pg_policy as policy where policy.polrelid = domain_table.oid))::int
        + (select count(*) from unmet where unmet.oid = domain_table.oid) as violations,
    concat_ws(
        '; ',
        case when not domain_table.relrowsecurity then 'not enabled' end,
        case when not domain_table.relforcerowsecurity then 'not forced' end,
        case when not exists (select from pg_catalog.pg_policy as policy where policy.polrelid = domain_table.oid)
            then 'no policy at all' end,
        (select 'granted without a policy: ' || string_agg(unmet.grant_without_policy, ', ' order by unmet.grant_without_policy)
         from unmet where unmet.oid = domain_table.oid)
    ) as detail
from domain_table
order by object;
