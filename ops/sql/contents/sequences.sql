-- title: Where the sequences stand
-- why: a rolled-back transaction still advances them, so they are named and not compared

select sequence.schemaname || '.' || sequence.sequencename as sequence, sequence.last_value as value
from pg_catalog.pg_sequences as sequence
where sequence.schemaname in (select schema_name from drydock.domain)
   or sequence.schemaname = 'audit'
order by 1;
