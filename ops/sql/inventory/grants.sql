-- title: Who may do what with these relations, their owners' own rights included
-- why: a null ACL is not "none" but the default
-- $1: oids of the relations
select
    namespace.nspname as schema,
    relation.relname as "table",
    grants.column_name,
    coalesce(role.rolname, 'public') as grantee,
    pg_catalog.jsonb_agg(distinct grants.privilege_type) as privileges
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
cross join lateral (
    select null::name as column_name, acl.grantee, acl.privilege_type
    from pg_catalog.aclexplode(coalesce(relation.relacl, pg_catalog.acldefault('r', relation.relowner))) as acl
    union all
    select attribute.attname, acl.grantee, acl.privilege_type
    from pg_catalog.pg_attribute as attribute
    cross join lateral pg_catalog.aclexplode(attribute.attacl) as acl
    where attribute.attrelid = relation.oid and attribute.attacl is not null
) as grants
left join pg_catalog.pg_roles as role
    on role.oid = grants.grantee
where relation.oid = any ($1::bigint[]::oid[])
group by namespace.nspname, relation.relname, grants.column_name, coalesce(role.rolname, 'public')
order by namespace.nspname collate "C", relation.relname collate "C",
    grants.column_name collate "C" nulls first, coalesce(role.rolname, 'public') collate "C";
