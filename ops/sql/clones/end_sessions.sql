-- title: End the sessions in a database that is closed, if nobody is thrown out who did not agree
-- why: looking first and ending then would miss whoever comes in between
--   $1 the database, $2 the process of a session that stays, $3 whether visitors may be thrown out

with present as (
    select session.pid, coalesce(session.usename, '(a role that is gone)') as role, session.application_name as application,
        session.backend_type = 'client backend'
            and not (session.application_name in ('drydock keeper', 'drydock clone') and session.usename = current_user) as is_visitor
    from pg_catalog.pg_stat_activity as session
    where session.datname = $1 and session.pid is distinct from $2
)
select pid, role, application, is_visitor,
    case when $3 or not exists (select from present where is_visitor) then pg_catalog.pg_terminate_backend(pid) end as ended
from present;
