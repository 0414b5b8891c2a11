-- title: Everybody may call a function that lends out rights
-- class: grants

select
    format('%I.%I', namespace.nspname, function.proname) as object,
    format('grant execute on function %s to public', function.oid::regprocedure) as plant
from pg_catalog.pg_proc as function
join pg_catalog.pg_namespace as namespace
    on namespace.oid = function.pronamespace
where function.prosecdef
  and function.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
  and namespace.nspname in (select schema_name from drydock.domain)
order by 1;
