-- title: Schemas and their owners

select namespace.nspname as schema, pg_catalog.pg_get_userbyid(namespace.nspowner) as owner
from pg_catalog.pg_namespace as namespace
where namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'
order by 1;
