-- title: What PUBLIC may do with each database
-- why: a staging closes the databases of its server to PUBLIC; whoever gives the server back opens them again

select
    db.datname as database,
    array_agg(granted.privilege_type::text order by granted.privilege_type) as privileges
from pg_catalog.pg_database as db
cross join lateral pg_catalog.aclexplode(coalesce(db.datacl, pg_catalog.acldefault('d', db.datdba))) as granted
where granted.grantee = 0 -- PUBLIC
  and db.datallowconn
group by db.datname
order by db.datname;
