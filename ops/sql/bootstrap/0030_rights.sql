-- title: Expected and actual rights, in the same shape
-- why: a full join of the two is the whole truth about grants, in both directions

create view drydock.expected_right as
select -- databases and schemas, as declared
    declared.role_name,
    declared.kind,
    declared.schema_name,
    declared.object_name,
    declared.column_name,
    declared.privilege
from drydock.contract_right as declared
where declared.kind in ('database', 'schema')

union

select -- relations: * spreads over what exists and is not private
    declared.role_name,
    'relation',
    namespace.nspname,
    relation.relname,
    null,
    declared.privilege
from drydock.contract_right as declared
join pg_catalog.pg_namespace as namespace
    on namespace.nspname = declared.schema_name
join pg_catalog.pg_class as relation
    on relation.relnamespace = namespace.oid
   and relation.relkind in ('r', 'p', 'v', 'm', 'f') -- table, partitioned, view, materialised view, foreign table
left join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where declared.kind = 'relation'
  and (
      declared.object_name = relation.relname
      or (
          declared.object_name = '*'
          and relation.relname <> all (coalesce(domain.private, '{}'))
          -- writing "through" a view is never meant by a right on the whole schema
          and (declared.privilege = 'SELECT' or relation.relkind in ('r', 'p', 'f'))
      )
  )

union

select -- columns
    declared.role_name,
    'column',
    declared.schema_name,
    declared.object_name,
    declared.column_name,
    declared.privilege
from drydock.contract_right as declared
join pg_catalog.pg_namespace as namespace
    on namespace.nspname = declared.schema_name
join pg_catalog.pg_class as relation
    on relation.relnamespace = namespace.oid
   and relation.relname = declared.object_name
join pg_catalog.pg_attribute as attribute
    on attribute.attrelid = relation.oid
   and attribute.attname = declared.column_name
   and attribute.attnum > 0
   and not attribute.attisdropped
where declared.kind = 'column'

union

select -- functions: every function of that name
    declared.role_name,
    'function',
    declared.schema_name,
    function.proname || '(' || pg_catalog.pg_get_function_identity_arguments(function.oid) || ')',
    null,
    declared.privilege
from drydock.contract_right as declared
join pg_catalog.pg_namespace as namespace
    on namespace.nspname = declared.schema_name
join pg_catalog.pg_proc as function
    on function.pronamespace = namespace.oid
   and function.proname = declared.object_name
where declared.kind = 'function';
comment on view drydock.expected_right is 'The contract spread over the objects that exist.';

create view drydock.type_function as
select member.objid as oid
from pg_catalog.pg_depend as member
where member.classid = 'pg_catalog.pg_proc'::regclass
  and member.refclassid = 'pg_catalog.pg_type'::regclass
  and member.deptype = 'i'; -- i: part of the type
comment on view drydock.type_function is 'Functions that come with a range type: the server makes, owns and grants them, and they reach no data.';
comment on column drydock.type_function.oid is 'The function.';

create view drydock.actual_right as
with governed_schema as (
    select namespace.oid, namespace.nspname, namespace.nspowner, namespace.nspacl
    from pg_catalog.pg_namespace as namespace
    where namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'
),
extension_member as (
    select member.classid, member.objid
    from pg_catalog.pg_depend as member
    where member.deptype = 'e' -- e: made by an extension
),
listed as (
    select 'database' as kind, null::name as schema_name, db.datname::text as object_name, null::name as column_name,
        db.datdba as owner, coalesce(db.datacl, pg_catalog.acldefault('d', db.datdba)) as acl
    from pg_catalog.pg_database as db
    where db.datallowconn
      and db.datname not in (select other.name from drydock.other_database as other)

    union all
    select 'schema', namespace.nspname, namespace.nspname::text, null,
        namespace.nspowner, coalesce(namespace.nspacl, pg_catalog.acldefault('n', namespace.nspowner))
    from governed_schema as namespace

    union all
    select case relation.relkind when 'S' then 'sequence' else 'relation' end, namespace.nspname, relation.relname::text, null,
        relation.relowner,
        coalesce(
            relation.relacl,
            pg_catalog.acldefault(case relation.relkind when 'S' then 's' else 'r' end::"char", relation.relowner)
        )
    from pg_catalog.pg_class as relation
    join governed_schema as namespace on namespace.oid = relation.relnamespace
    where relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not exists (
          select from extension_member as member
          where member.classid = 'pg_catalog.pg_class'::regclass and member.objid = relation.oid
      )

    union all
    select 'column', namespace.nspname, relation.relname::text, attribute.attname, relation.relowner, attribute.attacl
    from pg_catalog.pg_attribute as attribute
    join pg_catalog.pg_class as relation on relation.oid = attribute.attrelid
    join governed_schema as namespace on namespace.oid = relation.relnamespace
    where attribute.attacl is not null and not attribute.attisdropped

    union all
    select 'function', namespace.nspname,
        function.proname || '(' || pg_catalog.pg_get_function_identity_arguments(function.oid) || ')', null,
        function.proowner, coalesce(function.proacl, pg_catalog.acldefault('f', function.proowner))
    from pg_catalog.pg_proc as function
    join governed_schema as namespace on namespace.oid = function.pronamespace
    where not exists (
        select from extension_member as member
        where member.classid = 'pg_catalog.pg_proc'::regclass and member.objid = function.oid
    )
      and function.oid not in (select oid from drydock.type_function)

    union all
    select 'type', namespace.nspname, type.typname::text, null,
        type.typowner, type.typacl -- the default, USAGE for PUBLIC, gives no data away and is not listed
    from pg_catalog.pg_type as type
    join governed_schema as namespace on namespace.oid = type.typnamespace
    where type.typacl is not null

    union all
    select 'default privilege on ' || case defaults.defaclobjtype
            when 'r' then 'relations' when 'S' then 'sequences' when 'f' then 'functions'
            when 'T' then 'types' when 'n' then 'schemas'
        end,
        namespace.nspname, pg_catalog.pg_get_userbyid(defaults.defaclrole)::text, null,
        defaults.defaclrole, defaults.defaclacl
    from pg_catalog.pg_default_acl as defaults
    left join pg_catalog.pg_namespace as namespace on namespace.oid = defaults.defaclnamespace

    union all
    select 'language', null, language.lanname::text, null, language.lanowner, language.lanacl
    from pg_catalog.pg_language as language
    where language.lanacl is not null

    union all
    select 'foreign server', null, server.srvname::text, null, server.srvowner, server.srvacl
    from pg_catalog.pg_foreign_server as server
    where server.srvacl is not null

    union all
    select 'large object', null, object.oid::text, null, object.lomowner, object.lomacl
    from pg_catalog.pg_largeobject_metadata as object
    where object.lomacl is not null

    union all
    select 'parameter', null, parameter.parname, null, 10, parameter.paracl -- 10: the bootstrap superuser
    from pg_catalog.pg_parameter_acl as parameter
)
select
    coalesce(grantee.rolname, 'PUBLIC')::text as role_name,
    listed.kind,
    listed.schema_name::text as schema_name,
    listed.object_name,
    listed.column_name::text as column_name,
    granted.privilege_type as privilege,
    granted.is_grantable
from listed
cross join lateral pg_catalog.aclexplode(listed.acl) as granted
left join pg_catalog.pg_roles as grantee
    on grantee.oid = granted.grantee
where granted.grantee <> listed.owner;
comment on view drydock.actual_right is 'Every right that somebody other than the owner holds, read from the ACLs; a null ACL is its default.';

alter view drydock.type_function owner to audit_owner;
alter view drydock.expected_right owner to audit_owner;
alter view drydock.actual_right owner to audit_owner;
