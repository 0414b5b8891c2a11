-- title: Which of these functions Postgres brings along, and whether any form of them may have side effects
-- $1: names of functions
select
    proc.proname as name,
    pg_catalog.bool_or(proc.provolatile = 'v') as is_volatile
from pg_catalog.pg_proc as proc
where proc.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
  and proc.proname = any ($1::text[])
group by proc.proname;
