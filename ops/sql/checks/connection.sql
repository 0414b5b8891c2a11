-- title: The server and the database are the expected ones
-- why: checks against the wrong database prove nothing about the right one
-- remedy: Look at the connection settings.
-- gate: scripts_complete

select
    'database ' || pg_catalog.current_database() as object,
    1::bigint as examined,
    (pg_catalog.current_setting('server_version_num')::int / 10000 < 15)::int::bigint as violations,
    pg_catalog.version() || ', as ' || current_user as detail;
