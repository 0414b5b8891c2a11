-- title: Every foreign key, without those that a partition has from its parent
-- why: read from pg_constraint, where a composite key stays a list of pairs and every role sees all of them
select
    con.conname as constraint,
    child_namespace.nspname as child_schema,
    child.relname as child_table,
    (
        select pg_catalog.jsonb_agg(attribute.attname order by key.position)
        from pg_catalog.unnest(con.conkey) with ordinality as key (number, position)
        join pg_catalog.pg_attribute as attribute
            on attribute.attrelid = con.conrelid and attribute.attnum = key.number
    ) as child_columns,
    parent_namespace.nspname as parent_schema,
    parent.relname as parent_table,
    (
        select pg_catalog.jsonb_agg(attribute.attname order by key.position)
        from pg_catalog.unnest(con.confkey) with ordinality as key (number, position)
        join pg_catalog.pg_attribute as attribute
            on attribute.attrelid = con.confrelid and attribute.attnum = key.number
    ) as parent_columns,
    con.condeferrable as is_deferrable,
    con.convalidated as is_validated,
    exists (
        select from pg_catalog.pg_index as found
        where found.indrelid = con.conrelid
          and found.indisvalid
          and found.indpred is null
          -- in an index the numbers count from 0
          and (found.indkey::smallint[])[0:pg_catalog.cardinality(con.conkey) - 1] @> con.conkey
    ) as child_is_indexed
from pg_catalog.pg_constraint as con
join pg_catalog.pg_class as child
    on child.oid = con.conrelid
join pg_catalog.pg_namespace as child_namespace
    on child_namespace.oid = child.relnamespace
join pg_catalog.pg_class as parent
    on parent.oid = con.confrelid
join pg_catalog.pg_namespace as parent_namespace
    on parent_namespace.oid = parent.relnamespace
where con.contype = 'f' -- foreign key
  and con.conparentid = 0
order by child_namespace.nspname collate "C", child.relname collate "C", con.conname collate "C";
