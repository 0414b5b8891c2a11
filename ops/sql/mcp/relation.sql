-- title: A relation by its name, and whether one verb may be used on it
-- why: the catalog names what a role may not even enter; a refusal is explained by what is there
--   $1 the schema, or null where the statement names none
--   $2 the relation
--   $3 the verb: SELECT, INSERT, UPDATE, DELETE, TRUNCATE

select
    relation.oid::int8 as oid,
    namespace.nspname as schema,
    relation.relname as name,
    pg_catalog.has_schema_privilege(namespace.oid, 'USAGE') as "mayEnter",
    pg_catalog.has_table_privilege(relation.oid, $3) as may,
    array(
        select attribute.attname::text
        from pg_catalog.pg_attribute as attribute
        where attribute.attrelid = relation.oid
            and attribute.attnum > 0
            and not attribute.attisdropped
            -- of these two there is no right on a column
            and $3 not in ('DELETE', 'TRUNCATE')
            and pg_catalog.has_column_privilege(relation.oid, attribute.attnum, case when $3 in ('DELETE', 'TRUNCATE') then 'SELECT' else $3 end)
        order by attribute.attnum
    ) as columns,
    relation.relrowsecurity as "rowSecurity"
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
where relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and relation.relname = $2
    and case when $1::text is null then pg_catalog.pg_table_is_visible(relation.oid) else namespace.nspname = $1 end;
