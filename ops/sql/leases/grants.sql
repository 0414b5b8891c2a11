-- title: What a role was granted in this database, by whom, and how to take it back
-- why: DROP OWNED leaves the grants of everybody but the owner; each has to be revoked as the one who gave it
--   $1 the role's id

with entry as (
    select
        'table ' || relation.oid::regclass as object,
        format('all on %s %s', case relation.relkind when 'S' then 'sequence' else 'table' end, relation.oid::regclass) as what,
        relation.relacl as acl
    from pg_catalog.pg_class as relation
    where relation.relacl is not null

    union all
    select
        format('column %s.%I', attribute.attrelid::regclass, attribute.attname),
        format('all (%I) on table %s', attribute.attname, attribute.attrelid::regclass),
        attribute.attacl
    from pg_catalog.pg_attribute as attribute
    where attribute.attacl is not null and not attribute.attisdropped

    union all
    select 'function ' || function.oid::regprocedure, 'all on routine ' || function.oid::regprocedure, function.proacl
    from pg_catalog.pg_proc as function
    where function.proacl is not null

    union all
    select format('schema %I', namespace.nspname), format('all on schema %I', namespace.nspname), namespace.nspacl
    from pg_catalog.pg_namespace as namespace
    where namespace.nspacl is not null

    union all
    select format('type %s', type.oid::regtype), format('all on type %s', type.oid::regtype), type.typacl
    from pg_catalog.pg_type as type
    where type.typacl is not null

    union all
    select format('language %I', language.lanname), format('all on language %I', language.lanname), language.lanacl
    from pg_catalog.pg_language as language
    where language.lanacl is not null

    union all
    select format('large object %s', large_object.oid), format('all on large object %s', large_object.oid), large_object.lomacl
    from pg_catalog.pg_largeobject_metadata as large_object
    where large_object.lomacl is not null

    union all
    select format('foreign data wrapper %I', wrapper.fdwname), format('all on foreign data wrapper %I', wrapper.fdwname), wrapper.fdwacl
    from pg_catalog.pg_foreign_data_wrapper as wrapper
    where wrapper.fdwacl is not null

    union all
    select format('foreign server %I', server.srvname), format('all on foreign server %I', server.srvname), server.srvacl
    from pg_catalog.pg_foreign_server as server
    where server.srvacl is not null

    union all
    select format('database %I', db.datname), format('all on database %I', db.datname), db.datacl
    from pg_catalog.pg_database as db
    where db.datacl is not null

    union all
    select format('tablespace %I', space.spcname), format('all on tablespace %I', space.spcname), space.spcacl
    from pg_catalog.pg_tablespace as space
    where space.spcacl is not null

    union all
    select format('parameter %s', parameter.parname), format('all on parameter %s', parameter.parname), parameter.paracl
    from pg_catalog.pg_parameter_acl as parameter
)
select
    entry.object,
    pg_catalog.pg_get_userbyid(granted.grantor) as grantor,
    string_agg(granted.privilege_type, ', ' order by granted.privilege_type) as privileges,
    format('revoke %s from %I cascade', entry.what, pg_catalog.pg_get_userbyid($1::int8::oid)) as statement
from entry
cross join lateral pg_catalog.aclexplode(entry.acl) as granted
where granted.grantee = $1::int8::oid
group by entry.object, entry.what, granted.grantor

union all

select
    'default privileges of ' || pg_catalog.pg_get_userbyid(defaults.defaclrole),
    pg_catalog.pg_get_userbyid(defaults.defaclrole),
    string_agg(granted.privilege_type, ', ' order by granted.privilege_type),
    format(
        'alter default privileges for role %I%s revoke all on %s from %I cascade',
        pg_catalog.pg_get_userbyid(defaults.defaclrole),
        case when namespace.nspname is not null then format(' in schema %I', namespace.nspname) end,
        case defaults.defaclobjtype
            when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'routines' when 'T' then 'types' when 'n' then 'schemas'
        end,
        pg_catalog.pg_get_userbyid($1::int8::oid)
    )
from pg_catalog.pg_default_acl as defaults
left join pg_catalog.pg_namespace as namespace on namespace.oid = defaults.defaclnamespace
cross join lateral pg_catalog.aclexplode(defaults.defaclacl) as granted
where granted.grantee = $1::int8::oid and defaults.defaclrole <> $1::int8::oid
group by defaults.defaclrole, defaults.defaclobjtype, namespace.nspname

order by 1, 2;
