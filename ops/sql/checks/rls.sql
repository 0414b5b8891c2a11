-- title: Row-level security is enabled and forced, with a policy for every granted verb
-- why: a table without it shows every row; a granted verb without a policy does nothing and says success
-- remedy: enable and force row level security; create a policy to the named role for the named verb.
-- gate: rls_active

with domain_table as (
    select
        relation.oid, namespace.nspname, relation.relname, relation.relrowsecurity, relation.relforcerowsecurity,
        exists (select from pg_catalog.pg_policy as policy where policy.polrelid = relation.oid) as has_policy
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
-- counted once for all tables: asked for each, the grants of all would be read for each
tally as (
    select
        granted.oid,
        count(*) as grants,
        count(*) filter (where not met.is_so) as unmet,
        string_agg(granted.role_name || ' ' || granted.privilege, ', ' order by granted.role_name, granted.privilege)
            filter (where not met.is_so) as unmet_in_words
    from granted
    left join pg_catalog.pg_roles as role
        on role.rolname = granted.role_name
    cross join lateral (
        select exists (
            select
            from pg_catalog.pg_policy as policy
            where policy.polrelid = granted.oid
              and policy.polpermissive
              and policy.polcmd in ('*', case granted.privilege
                  when 'SELECT' then 'r' when 'INSERT' then 'a' when 'UPDATE' then 'w' when 'DELETE' then 'd'
              end::"char")
              and (0 = any (policy.polroles) or role.oid = any (policy.polroles)) -- 0: PUBLIC
        ) as is_so
    ) as met
    group by granted.oid
)
select
    domain_table.nspname || '.' || domain_table.relname as object,
    3 + coalesce(tally.grants, 0) as examined,
    (not domain_table.relrowsecurity)::int
        + (not domain_table.relforcerowsecurity)::int
        + (not domain_table.has_policy)::int
        + coalesce(tally.unmet, 0) as violations,
    concat_ws(
        '; ',
        case when not domain_table.relrowsecurity then 'not enabled' end,
        case when not domain_table.relforcerowsecurity then 'not forced' end,
        case when not domain_table.has_policy then 'no policy at all' end,
        'granted without a policy: ' || tally.unmet_in_words
    ) as detail
from domain_table
left join tally
    on tally.oid = domain_table.oid
order by object;
