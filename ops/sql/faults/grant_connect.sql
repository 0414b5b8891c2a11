-- title: Everybody may enter a database
-- class: grants

select
    'database ' || db.datname as object,
    format('grant connect on database %I to public', db.datname) as plant
from pg_catalog.pg_database as db
where db.datallowconn
order by 1;
