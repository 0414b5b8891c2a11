-- title: New tables are secured as they appear
-- why: without the event trigger the next table comes unprotected
-- remedy: alter event trigger drydock_rls_by_default enable always.
-- gate: rls_active

select
    'event trigger drydock_rls_by_default' as object,
    1::bigint as examined,
    (count(*) filter (
        where trigger.evtenabled = 'A' -- always
          and trigger.evtevent = 'ddl_command_end'
          and trigger.evttags is null
          and trigger.evtfoid = pg_catalog.to_regprocedure('drydock.on_ddl()')
    ) <> 1)::int::bigint as violations,
    coalesce(
        string_agg(
            format('%s executes %s; enabled: %s, tags: %s', trigger.evtevent, trigger.evtfoid::regprocedure,
                trigger.evtenabled, coalesce(array_to_string(trigger.evttags, ', '), 'all')),
            '; '
        ),
        'is missing'
    ) as detail
from pg_catalog.pg_event_trigger as trigger
where trigger.evtname = 'drydock_rls_by_default';
