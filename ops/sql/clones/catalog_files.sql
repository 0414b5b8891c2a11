-- title: The files that hold the catalogs of a database and the positions of its sequences
-- why: whoever may read them compares a database with a copy of it without entering the copy. No row where that cannot be:
--      the server does not let us, keeps the database elsewhere, or reads no file of that length

with catalog as (
    select oid, reltoastrelid
    from pg_catalog.pg_class
    where relnamespace = 'pg_catalog'::regnamespace
      and relkind = 'r'
      and not relisshared
      -- what autovacuum writes, and the contents of large objects
      and relname not in ('pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject')
),
kept as (
    select oid from catalog
    union all
    select reltoastrelid from catalog where reltoastrelid <> 0
    union all
    select oid from pg_catalog.pg_class where relkind = 'S' and relpersistence <> 't'
)
select array['pg_filenode.map'] || array_agg(pg_catalog.pg_relation_filenode(oid)::text order by oid) as names
from kept
having max(pg_catalog.pg_relation_size(oid)) < 1e9
   and pg_catalog.pg_has_role('pg_read_server_files', 'usage')
   and pg_catalog.has_function_privilege('pg_catalog.pg_read_binary_file(text, boolean)', 'execute')
   and exists (
       select
       from pg_catalog.pg_database as db
       join pg_catalog.pg_tablespace as place on place.oid = db.dattablespace
       where db.datname = pg_catalog.current_database()
         and place.spcname = 'pg_default'
   );
