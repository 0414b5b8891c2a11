-- title: Ways around the policies, to a row that its reader must not see
-- why: a policy can be right and a row still leak: through an error, a statistic, a lock, a cast
--   :relation, :key and :hidden are filled in: a relation, one of its columns, and a value there that the role does not see;
--   :'schema', :'object' and :'column' are the plain names of these, as texts.
--   Values are compared whole: a visible row may hold the hidden value as a part of another.
--   Each attack returns a number, which must be 0, or is refused; the hidden value may not stand in what it says either.
--   "known" names the error by which the server itself tells that a row is there, whatever a project does; it is reported and
--   no leak of the project's. What can be told from how long an answer takes is left aside: no attack measures time.
--   Partitions and inheriting tables are relations like others, and each is attacked by its own name.

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
select count(*)
from :relation as found
where to_jsonb(found) -> :'column' = to_jsonb((jsonb_populate_record(cast(null as :relation), jsonb_build_object(:'column', :hidden))).:key);

-- drydock: as-xml
-- tries: let a function of the server run the query
select (query_to_xml(
    format('select 1 as found from %I.%I where %I::text = %L', :'schema', :'object', :'column', :hidden), true, false, ''
)::text like '%<found>%')::int;

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
select count(*)
from pg_catalog.pg_stats
where schemaname = :'schema' and tablename = :'object' and attname = :'column'
  and (:hidden = any (most_common_vals::text::text[]) or :hidden = any (histogram_bounds::text::text[]));

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
select count(*)
from audit.change_log
where row_data -> :'column' = to_jsonb((jsonb_populate_record(cast(null as :relation), jsonb_build_object(:'column', :hidden))).:key);

-- drydock: cursor
-- tries: fetch the row through a cursor
declare drydock_walk scroll cursor for select count(*) from :relation where :key::text = :hidden; fetch last from drydock_walk;

-- drydock: prepared
-- tries: have a prepared statement find it
deallocate all; prepare drydock_kept as select count(*) from :relation where :key::text = :hidden; execute drydock_kept;

-- drydock: leaky-function
-- tries: have a function of its own see every row before the policy does
create function pg_temp.drydock_leak(seen text, wanted text) returns boolean cost 0.0001 language plpgsql
    as $$ begin if seen = wanted then raise exception '% is here', seen; end if; return true; end $$;
select count(*) * 0 from :relation where pg_temp.drydock_leak(:key::text, :hidden);

-- drydock: merge
-- tries: match the row in a merge
merge into :relation as target
using (select :hidden::text as wanted) as source on target.:key::text = source.wanted
when matched and 1 / (case when target.:key::text = source.wanted then 0 else 1 end) > 0 then do nothing;
select 0;

-- drydock: unique-key
-- tries: insert the same key, and be told that it is taken
-- known: 23505 keys are unique past policies; give tables whose keys tell something keys that nobody can guess
insert into :relation (:key) values (:hidden);

-- drydock: on-conflict
-- tries: insert the same key where it is free, and see whether it was
-- known: 22012 keys are unique past policies; give tables whose keys tell something keys that nobody can guess
with tried as (insert into :relation (:key) values (:hidden) on conflict do nothing returning 1)
select 0 / count(*) from tried;

-- drydock: foreign-key
-- tries: refer to the row from a table of its own, and be told whether it is there
-- of: tables
-- a temporary table may refer to its like only, so that this wants a schema to create in
create table public.drydock_child as select :key from :relation limit 0;
alter table public.drydock_child add foreign key (:key) references :relation (:key);
insert into public.drydock_child values (:hidden);
select count(*) from public.drydock_child;
