-- title: Who is logged in to a database, but for us and what Drydock keeps for a moment
-- why: a database is copied or put back only while nobody is in it
--   $1 the database

select session.pid, coalesce(session.usename, '(a role that is gone)') as role, session.application_name as application
from pg_catalog.pg_stat_activity as session
where session.datname = $1
  and session.pid <> pg_catalog.pg_backend_pid()
  and session.backend_type = 'client backend'
  and not (session.application_name in ('drydock keeper', 'drydock clone') and session.usename = current_user)
order by session.backend_start;
