-- title: Values that part a column in about equal shares, from the statistics of the last analyze
-- why: a large export is cut there for several sessions, without a look at the table itself
-- $1: schema; $2: table; $3: column
select stats.histogram_bounds::text::text[] as bounds
from pg_catalog.pg_stats as stats
where stats.schemaname = $1
  and stats.tablename = $2
  and stats.attname = $3
  and stats.histogram_bounds is not null
order by stats.inherited desc
limit 1;
