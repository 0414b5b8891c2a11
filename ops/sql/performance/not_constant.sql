-- title: Functions whose answer may change, and so is asked for again with every row
-- why: the server works out beforehand what an immutable function says of constants
--   $1 functions as an expression names them: [{"schema": null, "name": "…"}, …]; without a schema it is one of the server's

select distinct
    given.schema,
    given.name
from pg_catalog.jsonb_to_recordset($1::jsonb) as given (schema text, name text)
join pg_catalog.pg_namespace as namespace
    on namespace.nspname = coalesce(given.schema, 'pg_catalog')
join pg_catalog.pg_proc as function
    on function.pronamespace = namespace.oid and function.proname = given.name
where function.provolatile <> 'i' -- immutable
  and not function.proretset;
