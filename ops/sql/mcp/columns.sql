-- title: The columns of a relation, and what may be done with each
-- why: rights can be narrowed to columns, and a key can only be used by somebody who knows it
--   $1 the relation's oid

select
    attribute.attname as name,
    pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) as type,
    not attribute.attnotnull as nullable,
    pg_catalog.pg_get_expr(initial.adbin, initial.adrelid) as "default",
    array(
        select pg_catalog.lower(verb.name)
        from pg_catalog.unnest(array['SELECT', 'INSERT', 'UPDATE']) with ordinality as verb (name, place)
        where pg_catalog.has_column_privilege(attribute.attrelid, attribute.attnum, verb.name)
        order by verb.place
    ) as may,
    pg_catalog.col_description(attribute.attrelid, attribute.attnum) as comment
from pg_catalog.pg_attribute as attribute
left join pg_catalog.pg_attrdef as initial
    on initial.adrelid = attribute.attrelid
    and initial.adnum = attribute.attnum
where attribute.attrelid = $1::oid
    and attribute.attnum > 0
    and not attribute.attisdropped
order by attribute.attnum;
