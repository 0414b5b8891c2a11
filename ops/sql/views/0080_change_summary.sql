-- title: What changed, without what it changed to
-- why: audit.change_log holds rows past row-level security; how much was changed where is nobody's secret

create view views.change_summary
with (security_barrier) as
select
    change.table_name,
    change.operation,
    date_trunc('minute', change."timestamp") as minute,
    count(*)                                 as changes
from audit.change_log as change
group by change.table_name, change.operation, date_trunc('minute', change."timestamp");

comment on view views.change_summary is 'Changes per table, verb and minute; never a row, a key or a name.';
comment on column views.change_summary.table_name is 'schema.table.';
comment on column views.change_summary.operation is 'INSERT, UPDATE, DELETE or TRUNCATE.';
comment on column views.change_summary.minute is 'The minute in which they were written.';
comment on column views.change_summary.changes is 'Rows changed; a TRUNCATE counts as one.';
