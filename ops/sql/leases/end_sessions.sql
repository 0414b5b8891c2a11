-- title: The sessions of roles, ended
-- why: by the role's id, whatever it is called and even when it is gone; and those whose login is still under way
--   $1 the roles' ids

select session.usesysid::int8 as oid, session.pid, pg_catalog.pg_terminate_backend(session.pid) as ended
from pg_catalog.pg_stat_activity as session
where session.usesysid = any ($1::int8[]::oid[])

union all

select login.oid::int8, unseen.pid, true
from pg_catalog.pg_roles as login
cross join lateral drydock.end_unseen_sessions(login.rolname) as unseen (pid)
where login.oid = any ($1::int8[]::oid[]);
