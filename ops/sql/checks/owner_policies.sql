-- title: The owner of every table sees its rows
-- why: under FORCE a migration without a policy for its owner changes no row, and says success
-- remedy: create policy … for all to OWNER using (true) with check (true).
-- severity: warning
-- gate: rls_active

select
    format('%I.%I', namespace.nspname, relation.relname) as object,
    1::bigint as examined,
    (not allowed.is_so)::int::bigint as violations,
    case when allowed.is_so then 'seen' else 'no policy for ' || pg_catalog.pg_get_userbyid(relation.relowner) end as detail
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
cross join lateral (
    select exists (
        select
        from pg_catalog.pg_policy as policy
        where policy.polrelid = relation.oid
          and policy.polpermissive
          and policy.polcmd in ('r', '*') -- select, every verb
          and (0 = any (policy.polroles) or relation.relowner = any (policy.polroles)) -- 0: PUBLIC
    ) as is_so
) as allowed
where relation.relkind in ('r', 'p') -- table, partitioned table
order by object;
