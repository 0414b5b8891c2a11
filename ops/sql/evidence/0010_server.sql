-- title: The server and its version

select pg_catalog.version() as version;
