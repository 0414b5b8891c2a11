-- title: An extension is installed that the project does not declare
-- class: history

select
    'extension ' || available.name as object,
    format('create extension %I schema extensions', available.name) as plant
from pg_catalog.pg_available_extensions as available
where available.name = 'hstore' and available.installed_version is null;
