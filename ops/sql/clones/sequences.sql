-- title: The query that signs the sequences of a database
-- why: a sequence keeps its position in itself, where no catalog shows it

select
    string_agg(
        format(
            'select %L as part, last_value || ''/'' || is_called as signature from %I.%I',
            'sequence ' || format('%I.%I', namespace.nspname, sequence.relname),
            namespace.nspname,
            sequence.relname
        ),
        ' union all '
    ) as query
from pg_catalog.pg_class as sequence
join pg_catalog.pg_namespace as namespace on namespace.oid = sequence.relnamespace
where sequence.relkind = 'S'
  and sequence.relpersistence <> 't'; -- a session's own
