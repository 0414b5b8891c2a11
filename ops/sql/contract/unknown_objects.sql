-- title: Names in the contract that the database does not know
-- why: a right on a table that does not exist is a misspelt right

select declared.role_name, declared.kind, declared.schema_name, declared.object_name, declared.column_name
from drydock.contract_right as declared
where declared.kind in ('relation', 'column', 'function')
  and declared.object_name <> '*'
  and not exists (
      select
      from pg_catalog.pg_class as relation
      join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
      where declared.kind in ('relation', 'column')
        and namespace.nspname = declared.schema_name
        and relation.relname = declared.object_name
        and (
            declared.kind = 'relation'
            or exists (
                select
                from pg_catalog.pg_attribute as attribute
                where attribute.attrelid = relation.oid
                  and attribute.attname = declared.column_name
                  and attribute.attnum > 0
                  and not attribute.attisdropped
            )
        )
  )
  and not exists (
      select
      from pg_catalog.pg_proc as function
      join pg_catalog.pg_namespace as namespace on namespace.oid = function.pronamespace
      where declared.kind = 'function'
        and namespace.nspname = declared.schema_name
        and function.proname = declared.object_name
  )
order by declared.role_name, declared.schema_name, declared.object_name;
