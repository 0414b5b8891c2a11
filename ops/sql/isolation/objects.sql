-- title: What can be probed, with what an attempt needs to know about it
-- why: attempts are written from the catalog, so they work on anybody's schema

select
    case when relation.relkind = 'S' then 'sequence' when relation.relkind in ('v', 'm') then 'view' else 'table' end as kind,
    namespace.nspname as schema,
    relation.relname as object,
    column_list.names as columns,
    column_list.types as types,
    column_list.key as key,
    relation.relkind = 'p' or relation.relkind = 'r' as has_rows,
    pg_catalog.pg_get_userbyid(relation.relowner) as owner
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
cross join lateral (
    select
        -- columns that an INSERT or UPDATE may name: not generated
        coalesce(array_agg(attribute.attname::text order by attribute.attnum) filter (where attribute.attgenerated = ''), '{}') as names,
        coalesce(
            array_agg(pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) order by attribute.attnum)
            filter (where attribute.attgenerated = ''),
            '{}'
        ) as types,
        -- one column that a foreign key could refer to
        (
            select referenced.attname::text
            from pg_catalog.pg_index as index
            join pg_catalog.pg_attribute as referenced
                on referenced.attrelid = index.indrelid and referenced.attnum = index.indkey[0]
            where index.indrelid = relation.oid
              and index.indisunique and index.indnkeyatts = 1 and index.indpred is null and index.indkey[0] <> 0
            order by index.indisprimary desc, referenced.attname
            limit 1
        ) as key
    from pg_catalog.pg_attribute as attribute
    where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
) as column_list
where relation.relkind in ('r', 'p', 'v', 'm', 'S', 'f') -- table, partitioned table, view, materialised view, sequence, foreign table
  and namespace.nspname = any ($1::text[])

union all

select
    'function', namespace.nspname,
    function.proname || '(' || pg_catalog.pg_get_function_identity_arguments(function.oid) || ')',
    array[function.proname::text],
    (select coalesce(array_agg(pg_catalog.format_type(type, null) order by position), '{}')
     from unnest(function.proargtypes::oid[]) with ordinality as argument (type, position)),
    null,
    -- can stand in a select list: a plain function whose arguments have types of their own
    function.prokind = 'f'
        and function.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
        and not exists (
            select from pg_catalog.pg_type as pseudo
            where pseudo.oid = any (function.proargtypes::oid[]) and pseudo.typtype = 'p' -- pseudo type
        ),
    pg_catalog.pg_get_userbyid(function.proowner)
from pg_catalog.pg_proc as function
join pg_catalog.pg_namespace as namespace
    on namespace.oid = function.pronamespace
where namespace.nspname = any ($1::text[])
  and function.oid not in (select oid from drydock.type_function)

union all

select 'schema', namespace.nspname, namespace.nspname, '{}', '{}', null, false, pg_catalog.pg_get_userbyid(namespace.nspowner)
from pg_catalog.pg_namespace as namespace
where namespace.nspname = any ($1::text[])

order by 1, 2, 3;
