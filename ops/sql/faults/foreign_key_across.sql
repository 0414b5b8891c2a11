-- title: A foreign key crosses the boundary
-- class: boundary
-- at-most: 6

select distinct on (domain.schema_name, other.schema_name)
    format('%I.planted to %I.%I', domain.schema_name, other.schema_name, target.relname) as object,
    format(
        'create table %I.planted (id integer primary key, other %s references %I.%I)',
        domain.schema_name, pg_catalog.format_type(attribute.atttypid, attribute.atttypmod), other.schema_name, target.relname
    ) as plant
from drydock.domain as domain
join drydock.domain as other
    on other.schema_name <> domain.schema_name
join pg_catalog.pg_namespace as namespace
    on namespace.nspname = other.schema_name
join pg_catalog.pg_class as target
    on target.relnamespace = namespace.oid and target.relkind in ('r', 'p') -- table, partitioned table
join pg_catalog.pg_index as key
    on key.indrelid = target.oid and key.indisprimary and key.indnkeyatts = 1
join pg_catalog.pg_attribute as attribute
    on attribute.attrelid = target.oid and attribute.attnum = key.indkey[0]
order by domain.schema_name, other.schema_name, target.relname;
