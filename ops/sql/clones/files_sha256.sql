-- title: What files of a database come to
-- why: as they are on the disk, which is what a copy is made of, and what a database holds that nobody has opened since
--   $1 the database; $2 the names of the files

select pg_catalog.encode(
    pg_catalog.sha256(
        string_agg(
            pg_catalog.convert_to(file.name, 'UTF8')
                || coalesce(
                    pg_catalog.sha256(pg_catalog.pg_read_binary_file('base/' || db.oid || '/' || file.name, true)),
                    'is not there'
                ),
            '' order by file.name collate "C"
        )
    ),
    'hex'
) as sha256
from pg_catalog.pg_database as db
cross join unnest($2::text[]) as file (name)
where db.datname = $1;
