-- title: Roles, extensions and the database
-- why: a contract role logs in nowhere and stands above no grant; where one does, the reader must know

select
    pg_catalog.current_database()::text as database,
    array(
        select extension.extname::text from pg_catalog.pg_extension as extension
        where extension.extname <> 'plpgsql' order by 1
    ) as extensions,
    array(
        select extension.extname::text from pg_catalog.pg_extension as extension
        join pg_catalog.pg_namespace as namespace on namespace.oid = extension.extnamespace
        where extension.extname <> 'plpgsql' and namespace.nspname <> 'extensions' order by 1
    ) as elsewhere,
    array(
        select role.rolname::text from pg_catalog.pg_roles as role
        where role.rolsuper or role.rolbypassrls or role.rolname ~ '^pg_' order by 1 -- pg_: roles of the server itself
    ) as mighty,
    array(
        select role.rolname::text from pg_catalog.pg_roles as role where role.rolcanlogin order by 1
    ) as logins,
    array(
        select jsonb_build_object('member', member.rolname, 'group', held.rolname)
        from pg_catalog.pg_auth_members as membership
        join pg_catalog.pg_roles as member on member.oid = membership.member
        join pg_catalog.pg_roles as held on held.oid = membership.roleid
        where not member.rolsuper and member.rolname !~ '^pg_'
        order by member.rolname, held.rolname
    ) as memberships,
    array(
        select distinct jsonb_build_object('maker', maker.rolname, 'role', coalesce(grantee.rolname, 'PUBLIC'))
        from pg_catalog.pg_default_acl as defaults
        join pg_catalog.pg_roles as maker on maker.oid = defaults.defaclrole
        cross join lateral pg_catalog.aclexplode(defaults.defaclacl) as granted
        left join pg_catalog.pg_roles as grantee on grantee.oid = granted.grantee
        where granted.grantee <> defaults.defaclrole
          and defaults.defaclobjtype in ('r', 'S', 'n') -- relations, sequences, schemas: what reaches data
    ) as defaults;
