-- title: Who holds the books of the leases
-- why: a keeper that waits for them in vain names whom it waits for

select distinct
    coalesce(session.usename, 'a prepared transaction') as role,
    session.application_name as application,
    lock.pid
from pg_catalog.pg_locks as lock
left join pg_catalog.pg_stat_activity as session
    on session.pid = lock.pid
where lock.relation in ('drydock.lease'::regclass, 'drydock.lease_reaper'::regclass, 'audit.lease_event'::regclass)
  and lock.database = (select oid from pg_catalog.pg_database where datname = current_database())
  and lock.granted
  and lock.mode <> 'AccessShareLock' -- whoever reads holds nobody up
  and lock.pid is distinct from pg_catalog.pg_backend_pid()
order by lock.pid;
