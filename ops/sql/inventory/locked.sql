-- title: Which of these relations somebody else holds, or waits for, in a mode that keeps readers out
-- $1: their oids
select distinct lock.relation::bigint as oid
from pg_catalog.pg_locks as lock
where lock.locktype = 'relation'
  and lock.mode = 'AccessExclusiveLock'
  and lock.pid <> pg_catalog.pg_backend_pid()
  and lock.relation = any ($1::bigint[]::oid[]);
