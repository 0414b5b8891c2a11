-- title: The months that are in files
-- why: verification reads them where they still are, and does not miss what policy removed
select due.month::text, due.file, due.sha256, due.removed
from audit.audit_cold_file_due as due
order by due.month;
