-- title: The columns of a table, with what a value for each must fit
-- why: generated rows honour types, domains, enums, lengths, identity and generated columns
--   $1 the table's oid

with recursive base (attnum, oid) as (
    select attribute.attnum, attribute.atttypid
    from pg_catalog.pg_attribute as attribute
    where attribute.attrelid = $1::oid and attribute.attnum > 0 and not attribute.attisdropped

    union all -- a domain may stand on a domain
    select base.attnum, type.typbasetype
    from base
    join pg_catalog.pg_type as type
        on type.oid = base.oid
    where type.typtype = 'd' -- domain
)
select
    attribute.attname as name,
    pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) as type,
    type.typname as base,
    type.typcategory as category,
    range_of.typname as subtype,
    attribute.attnotnull or declared.typnotnull as required,
    case when attribute.attgenerated <> '' then pg_catalog.pg_get_expr(initial.adbin, initial.adrelid) end as generated,
    -- what the server numbers itself is left to it
    attribute.attidentity <> '' or coalesce(pg_catalog.pg_get_expr(initial.adbin, initial.adrelid) like 'nextval(%', false) as numbered,
    case when attribute.attgenerated = '' then pg_catalog.pg_get_expr(initial.adbin, initial.adrelid) end as "default",
    coalesce(
        (select array_agg(label.enumlabel::text order by label.enumsortorder) from pg_catalog.pg_enum as label where label.enumtypid = type.oid),
        '{}'
    ) as labels,
    exists (
        select
        from pg_catalog.pg_index as index
        where index.indrelid = attribute.attrelid and index.indisunique and attribute.attnum = any (index.indkey)
    ) as keyed
from pg_catalog.pg_attribute as attribute
join base
    on base.attnum = attribute.attnum
join pg_catalog.pg_type as type
    on type.oid = base.oid and type.typtype <> 'd'
join pg_catalog.pg_type as declared
    on declared.oid = attribute.atttypid
left join pg_catalog.pg_range as range
    on range.rngtypid = type.oid
left join pg_catalog.pg_type as range_of
    on range_of.oid = range.rngsubtype
left join pg_catalog.pg_attrdef as initial
    on initial.adrelid = attribute.attrelid and initial.adnum = attribute.attnum
where attribute.attrelid = $1::oid
order by attribute.attnum;
