-- title: The change log accounts for every row
-- why: rows inserted less rows deleted, since the table was last emptied, must be the rows that are there; counted as
--   admin, because seeing every row past row-level security is the point here
-- remedy: Find the write that went past the triggers: a disabled trigger, COPY before it was attached, a restore.
-- gate: audit_trail_complete
-- as: admin

select
    held.table_name as object,
    held.rows + logged.entries as examined,
    (held.rows <> logged.balance)::int::bigint as violations,
    format('%s rows, %s logged as inserted and not deleted', held.rows, logged.balance) as detail
from (
    select
        namespace.nspname || '.' || relation.relname as table_name,
        (xpath('/table/row/rows/text()', pg_catalog.query_to_xml(
            format('select count(*) as rows from only %I.%I', namespace.nspname, relation.relname), true, false, ''
        )))[1]::text::bigint as rows
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as namespace
        on namespace.oid = relation.relnamespace
    join drydock.domain as domain
        on domain.schema_name = namespace.nspname
    where relation.relkind = 'r'
      -- a row written through the parent is logged under the parent's name, so parents and children cannot be told apart
      and not exists (
          select from pg_catalog.pg_inherits as inherited where relation.oid in (inherited.inhrelid, inherited.inhparent)
      )
) as held
cross join lateral (
    select coalesce(max(change.id), 0) as id
    from audit.change_log as change
    where change.table_name = held.table_name and change.operation = 'TRUNCATE'
) as emptied
cross join lateral (
    select
        count(*) as entries,
        count(*) filter (where change.operation = 'INSERT') - count(*) filter (where change.operation = 'DELETE') as balance
    from audit.change_log as change
    where change.table_name = held.table_name
      and change.id > emptied.id
) as logged
order by object;
