-- title: What a server knows of a database beside its contents
-- why: CREATE DATABASE copies the contents and drops these; what was said again is compared
--   $1 the database; $2 its connect role, which stands for the same right on every copy

select fact, value
from (
    select 'owner' as fact, pg_catalog.pg_get_userbyid(db.datdba)::text as value
    from pg_catalog.pg_database as db
    where db.datname = $1

    union all
    select 'connection limit', db.datconnlimit::text
    from pg_catalog.pg_database as db
    where db.datname = $1

    union all
    select 'encoding and locale',
        concat_ws(' ', pg_catalog.pg_encoding_to_char(db.encoding), db.datlocprovider, db.datcollate, db.datctype)
    from pg_catalog.pg_database as db
    where db.datname = $1

    union all
    select
        format(
            '%s for %s, granted by %s',
            granted.privilege_type,
            case
                when granted.grantee = 0 then 'PUBLIC'
                when grantee.rolname = $2 then 'the connect role'
                else grantee.rolname
            end,
            pg_catalog.pg_get_userbyid(granted.grantor)
        ),
        case when granted.is_grantable then 'with grant option' else 'granted' end
    from pg_catalog.pg_database as db
    cross join lateral pg_catalog.aclexplode(coalesce(db.datacl, pg_catalog.acldefault('d', db.datdba))) as granted
    left join pg_catalog.pg_roles as grantee on grantee.oid = granted.grantee
    where db.datname = $1

    union all
    select
        format('setting of %s', case when setting.setrole = 0 then 'everybody' else pg_catalog.pg_get_userbyid(setting.setrole) end)
            || ': ' || split_part(entry, '=', 1),
        entry
    from pg_catalog.pg_db_role_setting as setting
    join pg_catalog.pg_database as db on db.oid = setting.setdatabase
    cross join lateral unnest(setting.setconfig) as entry
    where db.datname = $1

    union all
    select 'security label of ' || label.provider, label.label
    from pg_catalog.pg_shseclabel as label
    join pg_catalog.pg_database as db on db.oid = label.objoid
    where db.datname = $1 and label.classoid = 'pg_catalog.pg_database'::regclass
) as known
order by fact collate "C", value collate "C";
