-- title: Everybody may use a sequence
-- class: grants

select
    format('%I.%I', namespace.nspname, relation.relname) as object,
    format('grant usage on sequence %I.%I to public', namespace.nspname, relation.relname) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
where relation.relkind = 'S' -- sequence
  and (namespace.nspname = 'audit' or namespace.nspname in (select schema_name from drydock.domain))
order by 1;
