-- title: The analyst sees approved directives and what hangs on them, and no others
-- why: the analyst reads through views, where the rows are decided by the policies to views_owner
-- remedy: Look at the policies to views_owner on eng; each must lead back to approved_at.
-- severity: error
-- gate: rls_active
-- as: analyst_ro

with approved as (
    select distinct summary.sd_id
    from views.eng_governance_summary as summary
    where summary.sd_approved_at is not null
),
seen (object, sd_id) as (
    select 'views.eng_governance_summary', summary.sd_id
    from views.eng_governance_summary as summary

    union all

    select 'views.eng_trace', trace.sd_id
    from views.eng_trace as trace

    union all

    select 'views.eng_prd_payload_v1', requirement.sd_id
    from views.eng_prd_payload_v1 as requirement

    union all

    select 'views.eng_backlog_rollup', item.sd_id
    from views.eng_backlog_rollup as item
)
select
    looked_at.object,
    count(seen.object) as examined,
    -- to see nothing at all is as wrong as to see too much
    count(*) filter (where seen.object is null or approved.sd_id is null) as violations,
    case
        when count(seen.object) = 0 then 'shows nothing'
        else array_to_string((array_agg(seen.sd_id order by seen.sd_id) filter (where approved.sd_id is null))[1:5], ', ')
    end as detail
from (
    values
        ('views.eng_governance_summary'),
        ('views.eng_trace'),
        ('views.eng_prd_payload_v1'),
        ('views.eng_backlog_rollup')
) as looked_at (object)
left join seen
    on seen.object = looked_at.object
left join approved
    on approved.sd_id = seen.sd_id
group by looked_at.object;
