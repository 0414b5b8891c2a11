-- title: The query that signs everything a database is made of, catalog by catalog, sequence by sequence
-- why: a copy made from files has every row of every catalog at the same place, written by the same transaction. Whatever
--      is lost or changed afterwards (a right, a policy, a comment, an owner) is a row at another place or of another one

select string_agg(part, ' union all ') as query
from (
    select
        format(
            'select %L as part, count(*) || ''/'' || coalesce(bit_xor(pg_catalog.hashtidextended(entry.ctid, entry.xmin::text::int8)), 0) as signature from pg_catalog.%I as entry',
            catalog.relname,
            catalog.relname
        ) as part
    from pg_catalog.pg_class as catalog
    where catalog.relnamespace = 'pg_catalog'::regnamespace
      and catalog.relkind = 'r'
      and not catalog.relisshared
      -- without a superuser: the passwords of user mappings
      and pg_catalog.has_table_privilege(catalog.oid, 'select')
      -- what autovacuum writes, and the contents of large objects
      and catalog.relname not in ('pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject')

    union all
    select
        format(
            'select %L, last_value || ''/'' || is_called from %I.%I',
            'sequence ' || format('%I.%I', namespace.nspname, sequence.relname),
            namespace.nspname,
            sequence.relname
        )
    from pg_catalog.pg_class as sequence
    join pg_catalog.pg_namespace as namespace on namespace.oid = sequence.relnamespace
    where sequence.relkind = 'S' and sequence.relpersistence <> 't'
) as parts;
