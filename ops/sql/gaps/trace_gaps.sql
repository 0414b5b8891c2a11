-- title: Where a trace ends before a commit and a pull request
-- why: what check/trace_integrity counts, by name, and unfinished work besides
-- as: codex_staging

select
    trace.sd_id,
    trace.prd_id,
    trace.backlog_id,
    trace.commit_sha is null as no_commit,
    trace.pr_url is null as no_pull_request
from views.eng_trace as trace
where trace.prd_id is null
   or trace.backlog_id is null
   or trace.commit_sha is null
   or trace.pr_url is null
order by trace.sd_id, trace.prd_id, trace.backlog_id;
