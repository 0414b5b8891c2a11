-- title: A role may write one column that the contract does not say
-- class: grants

select distinct on (domain.schema_name)
    'auditor on ' || format('%I.%I.%I', namespace.nspname, relation.relname, attribute.attname) as object,
    format('grant update (%I) on %I.%I to auditor', attribute.attname, namespace.nspname, relation.relname) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
join pg_catalog.pg_attribute as attribute
    on attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
where relation.relkind in ('r', 'p') -- table, partitioned table
order by domain.schema_name, md5(relation.relname), attribute.attnum;
