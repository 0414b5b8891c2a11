-- title: Roles, extensions and the database
-- why: a contract role logs in nowhere and stands above no grant; where one does, the reader must know

select
    pg_catalog.current_database()::text as database,
    array(
        select extension.extname::text from pg_catalog.pg_extension as extension
        where extension.extname <> 'plpgsql' order by 1
    ) as extensions,
    array(
        select role.rolname::text from pg_catalog.pg_roles as role
        where role.rolsuper or role.rolbypassrls or role.rolname ~ '^pg_' order by 1 -- pg_: roles of the server itself
    ) as mighty,
    array(
        select role.rolname::text from pg_catalog.pg_roles as role where role.rolcanlogin order by 1
    ) as logins;
