-- title: The query that signs what a database is made of, catalog by catalog
-- why: a copy made from files has every row of every catalog at the same place, written by the same transaction. Whatever
--      is lost or changed afterwards (a right, a policy, a comment, an owner) is a row at another place or of another one

select
    string_agg(
        format(
            -- most rows are as initdb wrote them, in transaction 1
            'select %L as part, concat_ws(''/'', count(*), sum(case when entry.xmin = ''1''::xid then pg_catalog.hashtid(entry.ctid)'
            ' else pg_catalog.hashtidextended(entry.ctid, entry.xmin::text::int8) end)) as signature from pg_catalog.%I as entry',
            catalog.relname,
            catalog.relname
        ),
        ' union all '
    ) as query
from pg_catalog.pg_class as catalog
where catalog.relnamespace = 'pg_catalog'::regnamespace
  and catalog.relkind = 'r'
  and not catalog.relisshared
  -- without a superuser: the passwords of user mappings
  and pg_catalog.has_table_privilege(catalog.oid, 'select')
  -- what autovacuum writes, and the contents of large objects
  and catalog.relname not in ('pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject');
