-- title: Database and user

select pg_catalog.current_database() as database, current_user as "user";
