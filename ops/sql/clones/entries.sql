-- title: The query that reads every entry of a catalog, with the name of the object it belongs to
-- why: where two signatures differ, a person wants to know of what
--   $1 the catalog

with keys (catalog, class, object, part) as (
    values -- the catalogs whose entries have no oid of their own, and what their objects are
        ('pg_attribute', '''pg_class''', 'attrelid', 'attnum'),
        ('pg_index', '''pg_class''', 'indexrelid', '0'),
        ('pg_sequence', '''pg_class''', 'seqrelid', '0'),
        ('pg_inherits', '''pg_class''', 'inhrelid', '0'),
        ('pg_partitioned_table', '''pg_class''', 'partrelid', '0'),
        ('pg_foreign_table', '''pg_class''', 'ftrelid', '0'),
        ('pg_aggregate', '''pg_proc''', 'aggfnoid', '0'),
        ('pg_range', '''pg_type''', 'rngtypid', '0'),
        ('pg_ts_config_map', '''pg_ts_config''', 'mapcfg', '0'),
        ('pg_subscription_rel', '''pg_class''', 'srrelid', '0'),
        -- and those whose entries the server has no words for
        ('pg_enum', '''pg_type''', 'enumtypid', '0'),
        ('pg_largeobject_metadata', '''pg_largeobject''', 'oid', '0'),
        ('pg_description', 'classoid', 'objoid', 'objsubid'),
        ('pg_seclabel', 'classoid', 'objoid', 'objsubid'),
        ('pg_init_privs', 'classoid', 'objoid', 'objsubid'),
        ('pg_depend', 'classid', 'objid', 'objsubid')
)
select format(
    'select coalesce(pg_catalog.pg_describe_object(%s::regclass, %s::oid, %s::int4), %L) as object,
         -- what vacuum and analyse keep there is no property of the table
         (pg_catalog.to_jsonb(entry) - ''{relpages,reltuples,relallvisible,relfrozenxid,relminmxid}''::text[])::text as value
     from pg_catalog.%I as entry',
    coalesce(keys.class, 'tableoid'),
    coalesce(keys.object, 'oid'),
    coalesce(keys.part, '0'),
    'an entry of ' || $1,
    $1
) as query
from (select $1::text as catalog) as wanted
left join keys using (catalog);
