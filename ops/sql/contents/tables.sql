-- title: Row count and content hash of every domain table
-- why: shows that a dry run left every row as it was; content.* is the row, even where a column is called content, and
--   format() writes it as the server does, where a cast to text could be a function of the table's owner

select
    namespace.nspname || '.' || relation.relname as "table",
    (xpath('/table/row/rows/text()', answer.xml))[1]::text::bigint as rows,
    (xpath('/table/row/sha256/text()', answer.xml))[1]::text as sha256
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
cross join lateral (
    select pg_catalog.query_to_xml(
        format(
            $query$
            select count(*) as rows,
                encode(sha256(coalesce(string_agg(row_hash, ''::bytea order by row_hash), ''::bytea)), 'hex') as sha256
            from (select sha256(convert_to(pg_catalog.format('%%s', content.*), 'UTF8')) as row_hash from only %I.%I as content) as hashed
            $query$,
            namespace.nspname, relation.relname
        ),
        true, false, ''
    ) as xml
) as answer
where relation.relkind in ('r', 'm') -- table, materialised view
  and pg_catalog.has_table_privilege(relation.oid, 'select') -- a lease compares what it may read
order by 1;
