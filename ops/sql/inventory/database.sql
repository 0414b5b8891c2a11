-- title: Which database this is, and who asks
select
    pg_catalog.current_database() as database_name,
    current_user as "current_user",
    session_user as "session_user",
    pg_catalog.version() as postgresql_version,
    pg_catalog.current_setting('server_version') as server_version,
    pg_catalog.pg_encoding_to_char(database.encoding) as encoding,
    database.datcollate as collation,
    pg_catalog.current_setting('max_connections') as max_connections,
    pg_catalog.current_setting('wal_level') as wal_level
from pg_catalog.pg_database as database
where database.datname = pg_catalog.current_database();
