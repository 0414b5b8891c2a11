-- title: New tables are secured as they appear
-- why: without the event trigger the next table comes unprotected
-- remedy: alter event trigger drydock_rls_by_default enable always.
-- gate: rls_active

select
    'event trigger drydock_rls_by_default' as object,
    -- who made the foundation without being superuser could not make the trigger: nothing is there to be looked at
    case when maker.is_superuser then 1 else 0 end::bigint as examined,
    (count(*) filter (
        where trigger.evtenabled = 'A' -- always
          and trigger.evtevent = 'ddl_command_end'
          and trigger.evttags is null
          and trigger.evtfoid = pg_catalog.to_regprocedure('drydock.on_ddl()')
    ) <> 1 and maker.is_superuser)::int::bigint as violations,
    coalesce(
        string_agg(
            format('%s executes %s; enabled: %s, tags: %s', trigger.evtevent, trigger.evtfoid::regprocedure,
                trigger.evtenabled, coalesce(array_to_string(trigger.evttags, ', '), 'all')),
            '; '
        ) filter (where trigger.evtname is not null),
        case when maker.is_superuser then 'is missing' else 'a superuser has to make it; migrations secure the tables they make, nothing else does' end
    ) as detail
from (
    select coalesce(bool_or(owner.rolsuper), true) as is_superuser
    from pg_catalog.pg_proc as function
    join pg_catalog.pg_roles as owner on owner.oid = function.proowner
    where function.oid = pg_catalog.to_regprocedure('drydock.on_ddl()')
) as maker
left join pg_catalog.pg_event_trigger as trigger
    on trigger.evtname = 'drydock_rls_by_default'
group by maker.is_superuser;
