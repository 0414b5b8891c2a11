-- title: The columns of these relations, in order
-- why: a row each; to build them as JSON on the server takes three times as long
-- $1: oids of the relations
select
    attribute.attrelid::bigint as oid,
    attribute.attname as column_name,
    pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) as data_type,
    not attribute.attnotnull as is_nullable,
    pg_catalog.pg_get_expr(expression.adbin, expression.adrelid) as column_default,
    case when attribute.atttypid in (1042, 1043) and attribute.atttypmod > 4
        then attribute.atttypmod - 4 -- char(n), varchar(n): the length and a header of four bytes
    end as character_maximum_length,
    case attribute.atttypid
        when 21 then 16 when 23 then 32 when 20 then 64 when 700 then 24 when 701 then 53
        when 1700 then case when attribute.atttypmod <> -1 then ((attribute.atttypmod - 4) >> 16) & 65535 end
    end as numeric_precision,
    case
        when attribute.atttypid in (20, 21, 23) then 0
        -- eleven bits with a sign
        when attribute.atttypid = 1700 and attribute.atttypmod <> -1
            then (((attribute.atttypmod - 4) & 2047) # 1024) - 1024
    end as numeric_scale,
    nullif(attribute.attidentity, '') as identity,
    attribute.attgenerated <> '' as generated,
    description.description as comment
from pg_catalog.pg_attribute as attribute
left join pg_catalog.pg_attrdef as expression
    on expression.adrelid = attribute.attrelid and expression.adnum = attribute.attnum
left join pg_catalog.pg_description as description
    on description.classoid = 'pg_catalog.pg_class'::regclass
    and description.objoid = attribute.attrelid
    and description.objsubid = attribute.attnum
where attribute.attrelid = any ($1::bigint[]::oid[])
  and attribute.attnum > 0
  and not attribute.attisdropped
order by attribute.attrelid, attribute.attnum;
