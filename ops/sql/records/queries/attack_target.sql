-- title: What the attack is to know of an audit table
-- why: any schema can be attacked: only its columns, its owner and its partitions matter
select
    relation.oid::regclass::text as name,
    relation.relname as relation,
    namespace.nspname as schema,
    pg_catalog.pg_get_userbyid(relation.relowner) as owner,
    relation.relrowsecurity as has_row_security,
    (
        select array_agg(part.relid::regclass::text order by part.relid)
        from pg_catalog.pg_partition_tree(relation.oid) as part
        where part.isleaf and part.relid <> relation.oid
    ) as partitions,
    (
        select array_agg(distinct made.tgfoid::regprocedure::text)
        from pg_catalog.pg_trigger as made
        where made.tgrelid = relation.oid and not made.tgisinternal
    ) as guards,
    edited.name as edited_column,
    edited.type as edited_type,
    edited.change
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
-- the column to edit: of a type that another value is known for, and rather one that no constraint or index would defend
left join lateral (
    select quote_ident(attribute.attname) as name, pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) as type,
        format(other.change, quote_ident(attribute.attname)) as change
    from pg_catalog.pg_attribute as attribute
    join (values
        ('text', 1, '''attacked'''), ('varchar', 1, '''attacked'''), ('name', 1, '''attacked'''), ('jsonb', 2, '''{"attacked": true}'''),
        ('timestamptz', 3, '%s - interval ''1 minute'''), ('timestamp', 3, '%s - interval ''1 minute'''), ('int4', 4, '%s + 1'), ('int8', 4, '%s + 1'),
        ('numeric', 4, '%s + 1'), ('uuid', 5, 'gen_random_uuid()'), ('bool', 6, 'not %s')
    ) as other (type, rank, change) on other.type::regtype = attribute.atttypid
    where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
        and attribute.attidentity = '' and attribute.attgenerated = ''
        and not exists (
            select from pg_catalog.pg_partitioned_table where partrelid = relation.oid and attribute.attnum = any (partattrs)
        )
    order by
        exists (select from pg_catalog.pg_index where indrelid = relation.oid and indisunique and attribute.attnum = any (indkey)),
        exists (select from pg_catalog.pg_constraint where conrelid = relation.oid and contype in ('c', 'f') and attribute.attnum = any (conkey)),
        other.rank, attribute.attnum
    limit 1
) as edited on true
where relation.oid = to_regclass($1) and relation.relkind in ('r', 'p');
