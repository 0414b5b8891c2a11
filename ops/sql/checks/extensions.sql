-- title: Extensions are installed, and out of the way
-- why: a migration that needs one fails in production if staging had it by accident
-- remedy: List it under extensions in drydock.yaml, or drop it.
-- gate: scripts_complete

select
    coalesce(declared.name, installed.extname) as object,
    1::bigint as examined,
    (
        declared.name is null or installed.extname is null
        or namespace.nspname <> 'extensions' and installed.extname <> 'plpgsql'
    )::int::bigint as violations,
    case
        when declared.name is null then 'installed, but not declared'
        when installed.extname is null then 'declared, but not installed'
        else 'version ' || installed.extversion || ' in schema ' || namespace.nspname
    end as detail
from (
    select name from drydock.declared_extension
    union
    select 'plpgsql' -- comes with every database
) as declared
full join pg_catalog.pg_extension as installed
    on installed.extname = declared.name
left join pg_catalog.pg_namespace as namespace
    on namespace.oid = installed.extnamespace
order by object;
