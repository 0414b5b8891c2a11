-- title: The triggers of these tables, decoded, without those that a partition has from its parent
-- $1: oids of the tables
select
    namespace.nspname as schema,
    relation.relname as "table",
    trigger.tgname as name,
    case when trigger.tgtype & 64 > 0 then 'INSTEAD OF' when trigger.tgtype & 2 > 0 then 'BEFORE' else 'AFTER' end as timing,
    pg_catalog.to_jsonb(pg_catalog.array_remove(array[
        case when trigger.tgtype & 4 > 0 then 'INSERT' end,
        case when trigger.tgtype & 8 > 0 then 'DELETE' end,
        case when trigger.tgtype & 16 > 0 then 'UPDATE' end,
        case when trigger.tgtype & 32 > 0 then 'TRUNCATE' end
    ], null)) as events,
    case when trigger.tgtype & 1 > 0 then 'ROW' else 'STATEMENT' end as level,
    function_namespace.nspname || '.' || function.proname as function,
    trigger.tgenabled <> 'D' as is_enabled,
    trigger.tgenabled = 'A' as is_always,
    pg_catalog.pg_get_triggerdef(trigger.oid) as definition
from pg_catalog.pg_trigger as trigger
join pg_catalog.pg_class as relation
    on relation.oid = trigger.tgrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join pg_catalog.pg_proc as function
    on function.oid = trigger.tgfoid
join pg_catalog.pg_namespace as function_namespace
    on function_namespace.oid = function.pronamespace
where trigger.tgrelid = any ($1::bigint[]::oid[])
  and not trigger.tgisinternal
  and trigger.tgparentid = 0
order by namespace.nspname collate "C", relation.relname collate "C", trigger.tgname collate "C";
