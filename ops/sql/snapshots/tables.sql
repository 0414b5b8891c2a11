-- title: Tables by their names, with the columns and the key that tell their rows apart
-- why: a name that is not there comes back with a null oid, so that what is absent is said and not left out
-- $1: an array of schemas; $2: an array of tables beside it (only a bare unnest takes several arrays)
select
    wanted.schema,
    wanted."table",
    relation.oid::bigint as oid,
    relation.relkind as kind, -- r table, p partitioned, v view, m materialised view, f foreign table
    relation.relispartition as is_partition,
    pg_catalog.row_security_active(relation.oid) as rows_hidden,
    greatest(relation.reltuples, 0)::bigint as statistics_rows,
    (
        select pg_catalog.jsonb_agg(
            pg_catalog.jsonb_build_object(
                'name', attribute.attname,
                'type', pg_catalog.format_type(attribute.atttypid, attribute.atttypmod),
                'may_read', pg_catalog.has_column_privilege(relation.oid, attribute.attnum, 'select')
            )
            order by attribute.attnum
        )
        from pg_catalog.pg_attribute as attribute
        where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
    ) as columns,
    (
        select (
            select pg_catalog.jsonb_agg(attribute.attname order by key.position)
            from pg_catalog.unnest(found.indkey::smallint[]) with ordinality as key (number, position)
            join pg_catalog.pg_attribute as attribute
                on attribute.attrelid = relation.oid and attribute.attnum = key.number
            where key.position <= found.indnkeyatts
        )
        from pg_catalog.pg_index as found
        where found.indrelid = relation.oid
          and found.indisunique and found.indisvalid and found.indimmediate
          and found.indpred is null and found.indexprs is null
          and not exists ( -- a column that may be null tells nothing apart
              select from pg_catalog.pg_attribute as attribute
              where attribute.attrelid = relation.oid
                and attribute.attnum = any (found.indkey::smallint[])
                and not attribute.attnotnull
          )
        order by found.indisprimary desc, found.indnkeyatts, found.indexrelid
        limit 1
    ) as key,
    (
        select pg_catalog.jsonb_agg(pg_catalog.pg_get_indexdef(found.indexrelid) order by found.indexrelid)
        from pg_catalog.pg_index as found
        where found.indrelid = relation.oid
    ) as indexes
from unnest($1::text[], $2::text[]) with ordinality as wanted (schema, "table", position)
left join pg_catalog.pg_namespace as namespace
    on namespace.nspname = wanted.schema
left join pg_catalog.pg_class as relation
    on relation.relnamespace = namespace.oid
   and relation.relname = wanted."table"
   and relation.relkind in ('r', 'p', 'v', 'm', 'f')
order by wanted.position;
