-- title: Settings that were given to this database or to roles in it
-- why: pg_settings shows each role something else; what is stored for the database is the same for all
select
    coalesce(role.rolname, '(every role)') as role,
    database.datname is not null as this_database_only,
    pg_catalog.to_jsonb(setting.setconfig) as settings
from pg_catalog.pg_db_role_setting as setting
left join pg_catalog.pg_database as database
    on database.oid = setting.setdatabase
left join pg_catalog.pg_roles as role
    on role.oid = setting.setrole
where setting.setdatabase in (0, (
    select current.oid from pg_catalog.pg_database as current where current.datname = pg_catalog.current_database()
))
order by coalesce(role.rolname, '(every role)') collate "C", 2;
