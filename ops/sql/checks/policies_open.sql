-- title: No policy lets everybody through
-- why: a policy for PUBLIC also holds for roles that do not exist yet
-- remedy: Name the capability roles: create policy ... to ROLE.
-- gate: rls_active

select
    namespace.nspname || '.' || relation.relname || ': ' || policy.polname as object,
    1::bigint as examined,
    (policy.polpermissive and 0 = any (policy.polroles))::int::bigint as violations,
    'to ' || (
        select string_agg(case role_oid when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(role_oid) end, ', ')
        from unnest(policy.polroles) as role_oid
    ) as detail
from pg_catalog.pg_policy as policy
join pg_catalog.pg_class as relation
    on relation.oid = policy.polrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
order by object;
