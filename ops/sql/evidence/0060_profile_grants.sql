-- title: Rights of every role in the domains, by schema and verb

select role_name as role, schema_name as schema, privilege, count(*) as objects
from drydock.actual_right
where kind in ('relation', 'column') and schema_name in (select schema_name from drydock.domain)
group by 1, 2, 3
order by 1, 2, 3;
