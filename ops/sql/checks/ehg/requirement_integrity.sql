-- title: Every requirement is assessed
-- why: work starts on the score, the risk and the criteria of a requirement; a missing one is no basis
-- remedy: Set completeness_score (0 to 100), risk_rating (low, medium, high) and at least one acceptance criterion.
-- severity: error
-- as: eng_service

select
    rule.object,
    count(*)                            as examined,
    count(*) filter (where rule.broken) as violations,
    array_to_string((array_agg(requirement.title order by requirement.title) filter (where rule.broken))[1:5], ', ') as detail
from eng.product_requirements_v2 as requirement
cross join lateral (
    -- a null must be broken too, hence "is not true"
    values
        ('requirements with a score from 0 to 100', (requirement.completeness_score between 0 and 100) is not true),
        ('requirements with a known risk', (requirement.risk_rating in ('low', 'medium', 'high')) is not true),
        ('requirements with acceptance criteria', requirement.acceptance_criteria_json = '[]')
) as rule (object, broken)
group by rule.object;
