-- title: Requirements that are not assessed, or wrongly
-- why: what check/requirement_integrity counts, by name
-- as: eng_service

select
    requirement.id as prd_id,
    requirement.title,
    requirement.completeness_score,
    requirement.risk_rating,
    (requirement.completeness_score between 0 and 100) is not true as bad_score,
    (requirement.risk_rating in ('low', 'medium', 'high')) is not true as bad_risk,
    requirement.acceptance_criteria_json = '[]' as no_criteria
from eng.product_requirements_v2 as requirement
where (requirement.completeness_score between 0 and 100) is not true
   or (requirement.risk_rating in ('low', 'medium', 'high')) is not true
   or requirement.acceptance_criteria_json = '[]'
order by requirement.title, requirement.id;
