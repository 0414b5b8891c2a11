-- title: Ways around the policies, to a row that its reader must not see
-- why: a policy can be right and a row still leak: through an error, a statistic, a lock, a cast
--   :relation, :key and :hidden are filled in: a relation, one of its columns, and a value there that the role does not see.
--   Each attack returns a number, which must be 0, or is refused; the hidden value may not stand in what it says either.

-- drydock: by-key
-- tries: ask for the row by its key
select count(*) from :relation where :key::text = :hidden;

-- drydock: only
-- tries: ask the table itself, past inheritance
-- of: tables
select count(*) from only :relation where :key::text = :hidden;

-- drydock: by-position
-- tries: walk over every place a row can be at
-- of: tables
select count(*)
from :relation as found
where found.ctid = any (select format('(%s,%s)', page, item)::tid from generate_series(0, 9) as page, generate_series(1, 99) as item)
  and :key::text = :hidden;

-- drydock: sample
-- tries: take a sample of everything
-- of: tables
select count(*) from :relation tablesample system (100) where :key::text = :hidden;

-- drydock: as-json
-- tries: turn rows into something without policies
select count(*) from :relation as found where to_jsonb(found)::text like '%' || :hidden || '%';

-- drydock: as-xml
-- tries: let a function of the server run the query
select (query_to_xml(format('select 1 as found from :relation where :key::text = %L', :hidden), true, false, '')::text like '%<found>%')::int;

-- drydock: divide-by-zero
-- tries: fail only where the hidden row is looked at
select count(*) * 0 from :relation where 1 / (case when :key::text = :hidden then 0 else 1 end) > 0;

-- drydock: cast-error
-- tries: have the hidden value printed in an error
select count(*) * 0 from :relation where case when :key::text = :hidden then (:key::text || ' is here')::integer > 0 else true end;

-- drydock: sort-first
-- tries: see the hidden value among the first
select count(*) from (select :key::text as seen from :relation order by 1 limit 100) as first where seen = :hidden;

-- drydock: aggregate
-- tries: see the hidden value in an aggregate
select coalesce(bool_or(seen = :hidden), false)::int from unnest((select array_agg(:key::text) from :relation)) as seen;

-- drydock: lock
-- tries: lock the row, and learn that it is there
select count(*) from (select from :relation where :key::text = :hidden for update) as locked;

-- drydock: lock-share
-- tries: lock the row weakly
select count(*) from (select from :relation where :key::text = :hidden for key share) as locked;

-- drydock: update-returning
-- tries: change the row and have it returned
with hit as (update :relation set :key = :key where :key::text = :hidden returning 1) select count(*) from hit;

-- drydock: delete-returning
-- tries: delete the row and have it returned
with hit as (delete from :relation where :key::text = :hidden returning 1) select count(*) from hit;

-- drydock: spoof-settings
-- tries: set what a policy might believe
with spoofed as materialized (
    select set_config(name, :hidden, true)
    from unnest(array['app.tenant', 'app.tenant_id', 'app.current_user_id', 'app.user_id', 'request.jwt.claim.sub', 'request.jwt.claims']) as name
)
select count(*) from :relation where :key::text = :hidden and (select count(*) from spoofed) > 0;

-- drydock: row-security-off
-- tries: switch row-level security off for itself
-- of: tables
set local row_security = off; select count(*) from :relation where :key::text = :hidden;

-- drydock: replica-role
-- tries: pretend to be replication
set local session_replication_role = replica; select count(*) from :relation where :key::text = :hidden;

-- drydock: statistics
-- tries: read common values from the statistics
select count(*) from pg_catalog.pg_stats where most_common_vals::text like '%' || :hidden || '%' or histogram_bounds::text like '%' || :hidden || '%';

-- drydock: statistics-raw
-- tries: read the statistics behind the view
select count(*) from pg_catalog.pg_statistic;

-- drydock: others-queries
-- tries: read what others are asking
select count(*) from pg_catalog.pg_stat_activity where usename <> session_user and query not in ('', '<insufficient privilege>');

-- drydock: copy-out
-- tries: have the server write the table to a file
copy :relation to '/tmp/drydock_bypass';

-- drydock: copy-program
-- tries: have the server hand the table to a program
copy :relation to program 'true';

-- drydock: change-log
-- tries: read the row from the log of changes
select count(*) from audit.change_log where row_data::text like '%' || :hidden || '%';
