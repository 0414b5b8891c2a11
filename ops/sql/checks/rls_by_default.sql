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
    ) <> 1)::int::bigint as violations,
    coalesce(string_agg(format('%s, enabled: %s', trigger.evtevent, trigger.evtenabled), '; '), 'is missing') as detail
from pg_catalog.pg_event_trigger as trigger
where trigger.evtname = 'drydock_rls_by_default';
