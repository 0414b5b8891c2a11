-- title: The clones of a staging
-- why: roles and their comments belong to the server, so the register outlives a staging that is put back, and shows a
--      clone whose making was interrupted
--   $1 the staging's database

select
    role.rolname as role,
    pg_catalog.shobj_description(role.oid, 'pg_authid') as note,
    db.oid is not null as "isThere",
    (
        select count(*)
        from pg_catalog.pg_stat_activity as session
        where session.datid = db.oid
    ) as sessions
from pg_catalog.pg_roles as role
left join pg_catalog.pg_database as db on db.datname || '_connect' = role.rolname
where pg_catalog.starts_with(role.rolname, $1 || '_')
  and pg_catalog.starts_with(pg_catalog.shobj_description(role.oid, 'pg_authid'), 'drydock clone ')
order by role.rolname;
