-- title: The columns of these relations, in order
-- $1: their oids
select
    attribute.attrelid::bigint as oid,
    pg_catalog.jsonb_agg(
        pg_catalog.jsonb_build_object(
            'column_name', attribute.attname,
            'data_type', pg_catalog.format_type(attribute.atttypid, attribute.atttypmod),
            'is_nullable', not attribute.attnotnull,
            'column_default', pg_catalog.pg_get_expr(expression.adbin, expression.adrelid),
            'character_maximum_length', case when attribute.atttypid in (1042, 1043) and attribute.atttypmod > 4
                then attribute.atttypmod - 4 end, -- char(n), varchar(n): the length and a header of four bytes
            'numeric_precision', case attribute.atttypid
                when 21 then 16 when 23 then 32 when 20 then 64 when 700 then 24 when 701 then 53
                when 1700 then case when attribute.atttypmod <> -1 then ((attribute.atttypmod - 4) >> 16) & 65535 end
            end,
            'numeric_scale', case
                when attribute.atttypid in (20, 21, 23) then 0
                -- eleven bits with a sign
                when attribute.atttypid = 1700 and attribute.atttypmod <> -1
                    then (((attribute.atttypmod - 4) & 2047) # 1024) - 1024
            end,
            'identity', nullif(attribute.attidentity, ''),
            'generated', attribute.attgenerated <> '',
            'comment', pg_catalog.col_description(attribute.attrelid, attribute.attnum)
        )
        order by attribute.attnum
    ) as columns
from pg_catalog.pg_attribute as attribute
left join pg_catalog.pg_attrdef as expression
    on expression.adrelid = attribute.attrelid and expression.adnum = attribute.attnum
where attribute.attrelid = any ($1::bigint[]::oid[])
  and attribute.attnum > 0
  and not attribute.attisdropped
group by attribute.attrelid;
