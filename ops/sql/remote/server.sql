-- title: What this server is, and what our login may do on it
-- why: better refused by name before anything is made than half-way by a statement

select
    pg_catalog.current_setting('server_version') as version,
    pg_catalog.current_setting('server_version_num')::int as version_num,
    pg_catalog.pg_is_in_recovery() as is_standby,
    array_remove(
        array[
            case when not role.rolsuper and not role.rolcreaterole then 'CREATEROLE' end,
            case when not role.rolsuper and not role.rolcreatedb then 'CREATEDB' end
        ],
        null
    ) as missing
from pg_catalog.pg_roles as role
where role.rolname = current_user;
