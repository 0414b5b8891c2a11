-- title: No role can more than its grants say
-- why: one attribute or one membership undoes every policy
-- remedy: alter role ... nosuperuser nobypassrls nocreaterole nocreatedb noreplication; revoke the membership.
-- gate: boundary_isolated

select
    'role ' || role.rolname as object,
    6::bigint as examined,
    role.rolsuper::int + role.rolbypassrls::int + role.rolcreaterole::int + role.rolcreatedb::int + role.rolreplication::int
        -- a capability role is used by membership, never by login, and is itself a member of nothing
        + (declared.name is not null and role.rolcanlogin)::int
        + (declared.name is not null and membership.count > 0)::int
        + (declared.name is null and not membership.all_declared)::int::bigint as violations,
    concat_ws(
        '; ',
        case when role.rolcanlogin then 'login' else 'nologin' end,
        case when role.rolsuper then 'SUPERUSER' end,
        case when role.rolbypassrls then 'BYPASSRLS' end,
        case when role.rolcreaterole then 'CREATEROLE' end,
        case when role.rolcreatedb then 'CREATEDB' end,
        case when role.rolreplication then 'REPLICATION' end,
        'member of ' || membership.names
    ) as detail
from pg_catalog.pg_roles as role
left join drydock.declared_role as declared
    on declared.name = role.rolname
cross join lateral (
    select
        count(*) as count,
        coalesce(bool_and(granted.rolname in (select name from drydock.declared_role) and not member.admin_option), true) as all_declared,
        string_agg(granted.rolname, ', ' order by granted.rolname) as names
    from pg_catalog.pg_auth_members as member
    join pg_catalog.pg_roles as granted on granted.oid = member.roleid
    where member.member = role.oid
) as membership
where role.oid <> 10 -- the bootstrap superuser: the administrator
  and role.rolname !~ '^pg_'
order by object;
