-- title: Every object that the migrations make is there
-- why: a file can be applied and its table still be missing, renamed or in another schema
-- remedy: Look at the migration named in the detail.
-- gate: scripts_complete

select
    expected.kind || ' ' || expected.schema_name || '.' || expected.object_name as object,
    1::bigint as examined,
    (found.kind is null)::int::bigint as violations,
    case when found.kind is null then 'is missing; made by ' else 'made by ' end || expected.file as detail
from drydock.expected_object as expected
left join (
    select
        case relation.relkind
            when 'r' then 'table' when 'p' then 'table' when 'v' then 'view'
            when 'm' then 'materialised view' when 'S' then 'sequence'
        end as kind,
        namespace.nspname as schema_name, relation.relname as object_name
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace

    union
    select 'function', namespace.nspname, function.proname
    from pg_catalog.pg_proc as function
    join pg_catalog.pg_namespace as namespace on namespace.oid = function.pronamespace

    union
    select 'type', namespace.nspname, type.typname
    from pg_catalog.pg_type as type
    join pg_catalog.pg_namespace as namespace on namespace.oid = type.typnamespace
) as found
    on found.kind = expected.kind
   and found.schema_name = expected.schema_name
   and found.object_name = expected.object_name
order by object;
