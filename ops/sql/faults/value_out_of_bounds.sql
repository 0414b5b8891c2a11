-- title: A score lies below its bound, and the constraint was not held against it
-- class: data

select
    format('%s on %I.%I', rule.conname, namespace.nspname, relation.relname) as object,
    format(
        'alter table %1$I.%2$I drop constraint %3$I; '
        'update %1$I.%2$I set %4$I = -1 where ctid = (select ctid from %1$I.%2$I limit 1); '
        'alter table %1$I.%2$I add constraint %3$I %5$s not valid',
        namespace.nspname, relation.relname, rule.conname, attribute.attname, pg_catalog.pg_get_constraintdef(rule.oid)
    ) as plant
from pg_catalog.pg_constraint as rule
join pg_catalog.pg_class as relation
    on relation.oid = rule.conrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
join pg_catalog.pg_attribute as attribute
    on attribute.attrelid = rule.conrelid and attribute.attnum = rule.conkey[1]
join pg_catalog.pg_type as type
    on type.oid = attribute.atttypid
where rule.contype = 'c' -- check
  and relation.relkind = 'r' -- table
  and not relation.relispartition
  and cardinality(rule.conkey) = 1
  and rule.coninhcount = 0
  and rule.convalidated
  and type.typcategory = 'N' -- number
  and pg_catalog.pg_get_constraintdef(rule.oid) ~ '>=? \(?[0-9]' -- bounded below by a number that is not negative
order by 1;
