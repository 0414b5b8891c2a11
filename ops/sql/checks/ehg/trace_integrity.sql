-- title: Every trace is complete
-- why: a directive without a requirement, a requirement without work, or finished work without a commit cannot be audited
-- remedy: Add what is missing at the end of the trace; views.eng_trace shows where it ends.
-- severity: error
-- as: codex_staging

select
    rule.object,
    -- distinct: a directive stands in as many rows as it has items
    count(distinct rule.id)                            as examined,
    count(distinct rule.id) filter (where rule.broken) as violations,
    array_to_string((array_agg(distinct rule.id order by rule.id) filter (where rule.broken))[1:5], ', ') as detail
from views.eng_trace as trace
left join views.eng_backlog_rollup as item
    on item.item_id = trace.backlog_id
cross join lateral (
    -- each rule applies where the trace has got that far
    values
        ('directives with a requirement', true, trace.sd_id, trace.prd_id is null),
        ('requirements with a backlog item', trace.prd_id is not null, trace.prd_id, trace.backlog_id is null),
        ('finished items with a commit', item.readiness_score = 100, trace.backlog_id, trace.commit_sha is null),
        ('finished items with a pull request', item.readiness_score = 100, trace.backlog_id, trace.pr_url is null)
) as rule (object, applies, id, broken)
where rule.applies
group by rule.object;
