-- title: The trace of one directive down to its commits
-- why: what an auditor asks for, through a view and its policies
-- as: analyst_ro

-- drydock: parameters
select id from eng.strategic_directives_v2 where approved_at is not null order by id limit 100;

-- drydock: query
select trace.prd_id, trace.backlog_id, trace.commit_sha, trace.pr_url
from views.eng_trace as trace
where trace.sd_id = $1;
