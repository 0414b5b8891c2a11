-- title: Rights on schemas, relations, columns, functions and sequences
-- why: read from the ACLs, where a null one means its default and not nobody

with listed as (
    select 'schema' as kind, namespace.nspname as schema, namespace.nspname::text as object, null::name as column_name,
        namespace.nspowner as owner, false as is_definer,
        coalesce(namespace.nspacl, pg_catalog.acldefault('n', namespace.nspowner)) as acl
    from pg_catalog.pg_namespace as namespace

    union all
    select case relation.relkind when 'S' then 'sequence' else 'relation' end, namespace.nspname, relation.relname, null,
        relation.relowner, false,
        coalesce(
            relation.relacl,
            pg_catalog.acldefault(case relation.relkind when 'S' then 's' else 'r' end::"char", relation.relowner)
        )
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    where relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')

    union all
    select 'column', namespace.nspname, relation.relname, attribute.attname, relation.relowner, false, attribute.attacl
    from pg_catalog.pg_attribute as attribute
    join pg_catalog.pg_class as relation on relation.oid = attribute.attrelid
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    where attribute.attacl is not null and not attribute.attisdropped

    union all
    select 'function', namespace.nspname, function.proname, null, function.proowner, function.prosecdef,
        coalesce(function.proacl, pg_catalog.acldefault('f', function.proowner))
    from pg_catalog.pg_proc as function
    join pg_catalog.pg_namespace as namespace on namespace.oid = function.pronamespace
    where function.prokind in ('f', 'p', 'w')
      and function.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
      and not exists (
          select
          from pg_catalog.pg_depend as member
          where member.classid = 'pg_catalog.pg_proc'::regclass and member.objid = function.oid
            and member.deptype in ('e', 'i') -- made by an extension, part of a range type
      )
)
select
    listed.kind,
    listed.schema::text as schema,
    listed.object,
    listed.column_name::text as "column",
    owner.rolname::text as owner,
    listed.is_definer as "isDefiner",
    coalesce(grantee.rolname, 'PUBLIC')::text as role,
    lower(granted.privilege_type) as verb,
    granted.is_grantable as "isGrantable"
from listed
join pg_catalog.pg_roles as owner on owner.oid = listed.owner
cross join lateral pg_catalog.aclexplode(listed.acl) as granted
left join pg_catalog.pg_roles as grantee on grantee.oid = granted.grantee
where listed.schema !~ '^pg_' and listed.schema <> 'information_schema'
  and granted.grantee <> listed.owner
order by 1, 2, 3, 4, 7, 8;
