-- title: What rows of a table must satisfy
-- why: a generated row that its table would refuse is left out beforehand
--   $1 the table's oid

select
    'check' as kind,
    constraint_of.conname as name,
    pg_catalog.pg_get_expr(constraint_of.conbin, constraint_of.conrelid) as expression,
    (select array_agg(attribute.attname::text order by key.position)
     from unnest(constraint_of.conkey) with ordinality as key (attnum, position)
     join pg_catalog.pg_attribute as attribute
         on attribute.attrelid = constraint_of.conrelid and attribute.attnum = key.attnum) as columns,
    null::integer as parent,
    null::text[] as "parentColumns"
from pg_catalog.pg_constraint as constraint_of
where constraint_of.conrelid = $1::oid and constraint_of.contype = 'c' -- check

union all

-- a row belongs into some partition; where there is a default partition, any row does
select
    'check',
    'partitions',
    string_agg('(' || pg_catalog.pg_get_partition_constraintdef(leaf.relid) || ')', ' or '),
    (select array_agg(attribute.attname::text order by attribute.attnum)
     from pg_catalog.pg_partitioned_table as partitioned
     join pg_catalog.pg_attribute as attribute
         on attribute.attrelid = partitioned.partrelid and attribute.attnum = any (partitioned.partattrs)
     where partitioned.partrelid = $1::oid),
    null,
    null
from pg_catalog.pg_partition_tree($1::oid::regclass) as leaf
where leaf.isleaf and leaf.level > 0
having bool_and(pg_catalog.pg_get_partition_constraintdef(leaf.relid) is not null)

union all

select
    'reference',
    constraint_of.conname,
    null,
    (select array_agg(attribute.attname::text order by key.position)
     from unnest(constraint_of.conkey) with ordinality as key (attnum, position)
     join pg_catalog.pg_attribute as attribute
         on attribute.attrelid = constraint_of.conrelid and attribute.attnum = key.attnum),
    constraint_of.confrelid::integer,
    (select array_agg(attribute.attname::text order by key.position)
     from unnest(constraint_of.confkey) with ordinality as key (attnum, position)
     join pg_catalog.pg_attribute as attribute
         on attribute.attrelid = constraint_of.confrelid and attribute.attnum = key.attnum)
from pg_catalog.pg_constraint as constraint_of
where constraint_of.conrelid = $1::oid and constraint_of.contype = 'f' and constraint_of.conparentid = 0 -- foreign key of the table itself
order by 1, 2;
