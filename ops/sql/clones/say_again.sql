-- title: The statements that say of a copy what CREATE DATABASE dropped: rights and settings
-- why: without them PUBLIC may connect to a copy that was closed, and its settings are the server's
--   $1 the original; $2 the copy; $3 the original's connect role; $4 the copy's

with original as (
    select db.oid, db.datdba, db.datacl
    from pg_catalog.pg_database as db
    where db.datname = $1::text
),
-- these take lists, and are kept as they were quoted
lists as (
    select array[
        'local_preload_libraries', 'search_path', 'session_preload_libraries', 'shared_preload_libraries',
        'temp_tablespaces', 'unix_socket_directories'
    ] as names
)
select statement
from (
    -- a null ACL is the default, which the copy has already
    select 1 as place, format('revoke all on database %I from public, %I', $2::text, pg_catalog.pg_get_userbyid(original.datdba)) as statement
    from original
    where original.datacl is not null

    union all
    select
        case when granted.grantor = original.datdba then 2 else 3 end,
        -- the owner's grants are made by whoever is superuser; others have to be made by the one who made them
        case
            when granted.grantor = original.datdba then ''
            else format('set local role %I; ', pg_catalog.pg_get_userbyid(granted.grantor))
        end
            || format(
                'grant %s on database %I to %s%s',
                granted.privilege_type,
                $2::text,
                case
                    when granted.grantee = 0 then 'public'
                    when grantee.rolname = $3::text then quote_ident($4::text)
                    else quote_ident(grantee.rolname)
                end,
                case when granted.is_grantable then ' with grant option' else '' end
            )
            || case when granted.grantor = original.datdba then '' else '; reset role' end
    from original
    cross join lateral pg_catalog.aclexplode(original.datacl) as granted
    left join pg_catalog.pg_roles as grantee on grantee.oid = granted.grantee

    union all
    select
        4,
        format(
            case when setting.setrole = 0 then 'alter database %2$I set %3$I to %4$s' else 'alter role %1$I in database %2$I set %3$I to %4$s' end,
            pg_catalog.pg_get_userbyid(setting.setrole),
            $2::text,
            split_part(entry, '=', 1),
            case
                when split_part(entry, '=', 1) = any (lists.names) then substr(entry, strpos(entry, '=') + 1)
                else quote_literal(substr(entry, strpos(entry, '=') + 1))
            end
        )
    from original
    join pg_catalog.pg_db_role_setting as setting on setting.setdatabase = original.oid
    cross join lateral unnest(setting.setconfig) as entry
    cross join lists
) as said
order by place, statement;
