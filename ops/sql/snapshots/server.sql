-- title: Which server this is, where its log stands, and the settings that decide how values are spelled
select
    current_database() as database,
    pg_catalog.current_setting('server_version') as version,
    case when pg_catalog.pg_is_in_recovery() then 'replica' else 'primary' end as position,
    case
        when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
        else pg_catalog.pg_current_wal_lsn()
    end::text as lsn,
    coalesce((select ssl.version from pg_catalog.pg_stat_ssl as ssl where ssl.pid = pg_catalog.pg_backend_pid()), 'none') as tls,
    (
        select pg_catalog.jsonb_object_agg(setting.name, setting.setting order by setting.name)
        from pg_catalog.pg_settings as setting
        where setting.name in (
            'bytea_output', 'client_encoding', 'DateStyle', 'default_transaction_read_only', 'extra_float_digits',
            'idle_in_transaction_session_timeout', 'IntervalStyle', 'lc_collate', 'lock_timeout', 'search_path',
            'server_encoding', 'statement_timeout', 'TimeZone', 'transaction_isolation', 'transaction_read_only'
        )
    ) as settings;
