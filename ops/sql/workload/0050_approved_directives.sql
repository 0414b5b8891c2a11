-- title: The work on approved directives, summed up
-- why: the analyst's report reads everything that the policies of the views let through
-- as: analyst_ro

select summary.sd_status, count(*) as requirements, sum(summary.backlog_count) as items
from views.eng_governance_summary as summary
group by summary.sd_status;
