-- title: What a login wrote, per table and verb
-- why: counted by the change log, whoever it acted as
--   $1 the login role; $2 when it was minted

select change.table_name as "table", change.operation, count(*) as rows
from audit.change_log as change
where change.user_name = $1 and change."timestamp" >= $2::timestamptz
group by change.table_name, change.operation
order by 1, 2;
