-- title: The row-level security policies of these tables
-- $1: oids of the tables
select
    namespace.nspname as schema,
    relation.relname as "table",
    policy.polname as policy,
    policy.polpermissive as is_permissive,
    case policy.polcmd
        when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL'
    end as verb,
    (
        select pg_catalog.jsonb_agg(coalesce(role.rolname, 'public') order by coalesce(role.rolname, 'public') collate "C")
        from pg_catalog.unnest(policy.polroles) as grantee
        left join pg_catalog.pg_roles as role on role.oid = grantee
    ) as roles,
    pg_catalog.pg_get_expr(policy.polqual, policy.polrelid) as using,
    pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid) as with_check
from pg_catalog.pg_policy as policy
join pg_catalog.pg_class as relation
    on relation.oid = policy.polrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
where policy.polrelid = any ($1::bigint[]::oid[])
order by namespace.nspname collate "C", relation.relname collate "C", policy.polname collate "C";
