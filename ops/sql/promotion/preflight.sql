-- title: The target can take a change now
-- why: DDL that waits behind a long transaction makes everybody else wait behind it
-- $1 longest transaction in seconds, $2 largest replication lag in seconds, $3 share of connections that may be in use,
-- $4 roles that migrations run as

select
    'server' as object,
    1::bigint as examined,
    (pg_catalog.current_setting('server_version_num')::int < 150000 or pg_catalog.pg_is_in_recovery())::int::bigint as violations,
    'Postgres ' || pg_catalog.current_setting('server_version')
        || case when pg_catalog.pg_is_in_recovery() then ', a standby: promote on its primary' else ', a primary' end as detail

union all

select
    'connections',
    pg_catalog.count(*),
    (pg_catalog.count(*) > $3 * pg_catalog.current_setting('max_connections')::numeric)::int,
    pg_catalog.format('%s of %s in use', pg_catalog.count(*), pg_catalog.current_setting('max_connections'))
from pg_catalog.pg_stat_activity
where backend_type = 'client backend'

union all

select
    'transactions',
    pg_catalog.count(*) + 1,
    pg_catalog.count(*) filter (where age > $1 * interval '1 second'),
    coalesce('the oldest is open for ' || pg_catalog.date_trunc('second', pg_catalog.max(age)) || ' (pid '
        || (pg_catalog.array_agg(pid order by age desc))[1] || ')', 'none is open')
from (
    select pid, pg_catalog.clock_timestamp() - xact_start as age
    from pg_catalog.pg_stat_activity
    where xact_start is not null
      and backend_type = 'client backend'
      and datname = pg_catalog.current_database()
      and pid <> pg_catalog.pg_backend_pid()
) as open

union all

select
    'prepared transactions',
    pg_catalog.count(*) + 1,
    pg_catalog.count(*),
    coalesce('forgotten: ' || pg_catalog.string_agg(gid, ', '), 'none')
from pg_catalog.pg_prepared_xacts
where database = pg_catalog.current_database()

union all

select
    'locks',
    pg_catalog.count(*) + 1,
    pg_catalog.count(*) filter (where not granted),
    pg_catalog.format('%s held or wanted, %s of them waited for', pg_catalog.count(*), pg_catalog.count(*) filter (where not granted))
from pg_catalog.pg_locks
where database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
  and pid <> pg_catalog.pg_backend_pid()

union all

select
    'standbys',
    pg_catalog.count(*) + 1,
    pg_catalog.count(*) filter (where replay_lag > $2 * interval '1 second'),
    coalesce('the slowest is ' || pg_catalog.max(replay_lag) || ' behind', pg_catalog.format('%s streaming, none behind', pg_catalog.count(*)))
from pg_catalog.pg_stat_replication

union all

select
    'role ' || wanted.name,
    1,
    (role.oid is not null and not pg_catalog.pg_has_role(current_user, role.oid, 'member'))::int,
    case
        when role.oid is null then 'is not there yet, and will be made'
        when pg_catalog.pg_has_role(current_user, role.oid, 'member') then 'can be taken by ' || current_user
        else current_user || ' is no member of it, and migrations run as it'
    end
from unnest($4::text[]) as wanted (name)
left join pg_catalog.pg_roles as role
    on role.rolname = wanted.name

order by object;
