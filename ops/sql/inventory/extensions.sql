-- title: Installed extensions
select extension.extname as extension, extension.extversion as version, namespace.nspname as schema
from pg_catalog.pg_extension as extension
join pg_catalog.pg_namespace as namespace
    on namespace.oid = extension.extnamespace
order by extension.extname collate "C";
