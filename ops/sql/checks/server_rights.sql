-- title: Nobody holds more on the server's own objects than the server came with
-- why: a right on pg_authid or pg_read_file reaches past every domain, and no contract states one
-- remedy: Revoke it; whatever granted it ran as a superuser, so find that first.
-- gate: boundary_isolated

with listed as (
    select 'relation' as kind, relation.oid, 0 as part, 'pg_class'::regclass as class,
        relation.oid::regclass::text as name, relation.relacl as acl
    from pg_catalog.pg_class as relation
    where relation.relacl is not null
      and relation.relnamespace = 'pg_catalog'::regnamespace

    union all
    select 'column', relation.oid, attribute.attnum, 'pg_class'::regclass,
        relation.oid::regclass || '.' || attribute.attname, attribute.attacl
    from pg_catalog.pg_attribute as attribute
    join pg_catalog.pg_class as relation on relation.oid = attribute.attrelid
    where attribute.attacl is not null
      and relation.relnamespace = 'pg_catalog'::regnamespace

    union all
    select 'function', function.oid, 0, 'pg_proc'::regclass, function.oid::regprocedure::text, function.proacl
    from pg_catalog.pg_proc as function
    where function.proacl is not null and function.pronamespace = 'pg_catalog'::regnamespace

    union all
    select 'schema', namespace.oid, 0, 'pg_namespace'::regclass, namespace.nspname, namespace.nspacl
    from pg_catalog.pg_namespace as namespace
    where namespace.nspname = 'pg_catalog'

    union all
    select 'foreign-data wrapper', wrapper.oid, 0, 'pg_foreign_data_wrapper'::regclass, wrapper.fdwname, wrapper.fdwacl
    from pg_catalog.pg_foreign_data_wrapper as wrapper
    where wrapper.fdwacl is not null

    union all
    select 'tablespace', tablespace.oid, 0, 'pg_tablespace'::regclass, tablespace.spcname, tablespace.spcacl
    from pg_catalog.pg_tablespace as tablespace
    where tablespace.spcacl is not null
),
known as (
    -- the roles of the contract and who can act as one; those that watch a server, say, are the business of others
    select role.oid
    from pg_catalog.pg_roles as role
    where not role.rolsuper
      and exists (
          select
          from drydock.declared_role as declared
          where pg_catalog.pg_has_role(role.oid, declared.name, 'member')
      )
),
excess as (
    select listed.oid, listed.part, listed.class,
        string_agg(concat(coalesce(grantee.rolname, 'PUBLIC'), ': ', granted.privilege_type), ', ' order by grantee.rolname, granted.privilege_type) as held,
        count(*) as count
    from listed
    cross join lateral pg_catalog.aclexplode(listed.acl) as granted
    left join pg_catalog.pg_roles as grantee on grantee.oid = granted.grantee
    left join pg_catalog.pg_init_privs as initial
        on initial.classoid = listed.class and initial.objoid = listed.oid and initial.objsubid = listed.part
    where (granted.grantee = 0 or granted.grantee in (select known.oid from known))
      and not exists (
          select
          from pg_catalog.aclexplode(initial.initprivs) as given
          where given.grantee = granted.grantee and given.privilege_type = granted.privilege_type
      )
    group by listed.oid, listed.part, listed.class
)
select
    concat_ws(' ', listed.kind, listed.name) as object,
    1::bigint as examined,
    coalesce(excess.count, 0)::bigint as violations,
    coalesce(excess.held, 'as the server came') as detail
from listed
left join excess on excess.oid = listed.oid and excess.part = listed.part and excess.class = listed.class
order by violations desc, object;
