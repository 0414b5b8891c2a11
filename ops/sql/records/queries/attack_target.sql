-- title: What the attack is to know of an audit table
-- why: any schema can be attacked: only its columns, its owner and its partitions matter
select
    relation.oid::regclass::text as name,
    namespace.nspname as schema,
    pg_catalog.pg_get_userbyid(relation.relowner) as owner,
    (select array_agg(child.inhrelid::regclass::text order by child.inhrelid) from pg_catalog.pg_inherits as child where child.inhparent = relation.oid) as partitions,
    (
        select attribute.attname from pg_catalog.pg_attribute as attribute
        where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
            and attribute.attidentity = '' and attribute.attgenerated = '' and attribute.atttypid in ('text'::regtype, 'varchar'::regtype)
        order by attribute.attnum
        limit 1
    ) as text_column
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
where relation.oid = to_regclass($1);
