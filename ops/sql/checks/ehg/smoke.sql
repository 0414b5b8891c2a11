-- title: The sample is there, and the views see it
-- why: every other check is worth what it had to look at
-- remedy: Run the backfills and read what they report; then look for a policy that hides rows from codex_staging.
-- severity: error
-- as: codex_staging

select
    expected.object,
    expected.found as examined,
    case when expected.found >= expected.wanted then 0 else 1 end::bigint as violations,
    format('%s found, at least %s wanted', expected.found, expected.wanted) as detail
from (
    values
        ('eng.strategic_directives_v2', (select count(*) from eng.strategic_directives_v2), 1),
        ('eng.product_requirements_v2', (select count(*) from eng.product_requirements_v2), 1),
        ('eng.backlog_items', (select count(*) from eng.backlog_items), 2),
        ('vh.ventures', (select count(*) from vh.ventures), 1),
        ('vh.stage_states', (select count(*) from vh.stage_states), 1),
        ('views.vh_governance_snapshot', (select count(*) from views.vh_governance_snapshot), 1),
        ('views.vh_stage_progress', (select count(*) from views.vh_stage_progress), 1),
        (
            'directive SD-2025-09-01-two-app-boundary',
            (
                select count(*)
                from views.eng_governance_summary as summary
                where summary.sd_key = 'SD-2025-09-01-two-app-boundary'
            ),
            1
        ),
        (
            'venture Venture Desk',
            (
                select count(*)
                from views.vh_governance_snapshot as snapshot
                where snapshot.venture_name = 'Venture Desk'
            ),
            1
        )
) as expected (object, found, wanted);
