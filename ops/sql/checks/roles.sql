-- title: No role can more than its grants say
-- why: one attribute or one membership undoes every policy
-- remedy: alter role ... nosuperuser nobypassrls nocreaterole nocreatedb noreplication; revoke the membership; end the lease.
-- gate: boundary_isolated

select
    'role ' || role.rolname as object,
    7::bigint as examined,
    (
        role.rolsuper::int + role.rolbypassrls::int + role.rolcreaterole::int + role.rolcreatedb::int + role.rolreplication::int
        -- a capability role is used by membership, never by login, and is itself a member of nothing
        + case
            -- a login with a membership is a lease, and a lease ends
            when declared.name is null then membership.undue + (role.rolcanlogin and membership.count > 0 and not lease.ends)::int
            else role.rolcanlogin::int + membership.count
        end
    )::bigint as violations,
    concat_ws(
        '; ',
        case when role.rolcanlogin then 'login' else 'nologin' end,
        case when role.rolsuper then 'SUPERUSER' end,
        case when role.rolbypassrls then 'BYPASSRLS' end,
        case when role.rolcreaterole then 'CREATEROLE' end,
        case when role.rolcreatedb then 'CREATEDB' end,
        case when role.rolreplication then 'REPLICATION' end,
        case when role.rolcanlogin and membership.count > 0 and not lease.ends then 'without an end' end,
        'member of ' || membership.names
    ) as detail
from pg_catalog.pg_roles as role
left join drydock.declared_role as declared
    on declared.name = role.rolname
cross join lateral (
    select
        count(*) as count,
        count(*) filter (where member.admin_option or owns.something or stated.name is null) as undue,
        string_agg(
            concat(granted.rolname, case when owns.something then ', an owner' end, case when member.admin_option then ' with ADMIN' end),
            ', ' order by granted.rolname
        ) as names
    from pg_catalog.pg_auth_members as member
    join pg_catalog.pg_roles as granted on granted.oid = member.roleid
    left join drydock.declared_role as stated on stated.name = granted.rolname
    cross join lateral (
        -- who is a member of an owner can do what the owner can: alter, drop, grant
        select exists (
            select
            from pg_catalog.pg_shdepend as depend
            where depend.refclassid = 'pg_catalog.pg_authid'::regclass
              and depend.refobjid = granted.oid
              and depend.deptype = 'o' -- owner
        ) as something
    ) as owns
    where member.member = role.oid
) as membership
cross join lateral (
    select coalesce(role.rolvaliduntil < 'infinity', false) as ends
) as lease
where role.oid <> 10 -- the superuser that the server was made with
  -- the administrator, who made this database; a role of the contract that owns it is no administrator
  and (
      declared.name is not null
      or role.oid <> (select db.datdba from pg_catalog.pg_database as db where db.datname = pg_catalog.current_database())
  )
  and role.rolname !~ '^pg_'
order by object;
