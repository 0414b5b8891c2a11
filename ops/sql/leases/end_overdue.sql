-- title: Sessions of leases whose password is over, ended
-- why: nobody's lock on the books keeps them going: who is a lease, and until when, the catalog says too
--   $1 what time it is

select
    login.rolname as role,
    session.pid,
    'lease' as budget,
    round(extract(epoch from $1::timestamptz - login.rolvaliduntil))::int as seconds,
    pg_catalog.pg_terminate_backend(session.pid) as ended
from pg_catalog.pg_stat_activity as session
join pg_catalog.pg_roles as login
    on login.oid = session.usesysid
where login.rolvaliduntil <= $1::timestamptz
  and exists (
      select
      from pg_catalog.pg_auth_members as membership
      join pg_catalog.pg_roles as opener
          on opener.oid = membership.roleid
      join pg_catalog.pg_database as database
          on opener.rolname = database.datname || '_connect'
      where membership.member = login.oid
  );
