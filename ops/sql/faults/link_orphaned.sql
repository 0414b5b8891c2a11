-- title: A link points at nothing
-- class: data
-- at-most: 6
-- caught-by: a check of the project that looks for links without a target

select
    format('%s.%I', rule.target, rule.link) as object,
    format(
        'update %1$s set %2$I = %3$L where ctid = (select ctid from %1$s limit 1)',
        rule.target, rule.link, case type.typname when 'uuid' then '00000000-0000-4000-8000-00000000dead' else '-1' end
    ) as plant
from (select distinct target, link from drydock.link_rule) as rule
join pg_catalog.pg_attribute as attribute
    on attribute.attrelid = rule.target and attribute.attname = rule.link
join pg_catalog.pg_type as type
    on type.oid = attribute.atttypid
where type.typname in ('uuid', 'int4', 'int8')
order by 1;
