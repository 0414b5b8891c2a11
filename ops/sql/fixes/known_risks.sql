-- title: An unknown risk becomes medium
-- why: neither low, which would hide it, nor high, which would stop it
-- as: eng_service
-- check: requirement_integrity

-- drydock: review
select
    requirement.id,
    requirement.title,
    requirement.risk_rating as before,
    'medium' as after
from eng.product_requirements_v2 as requirement
where (requirement.risk_rating in ('low', 'medium', 'high')) is not true
order by requirement.title, requirement.id;

-- drydock: change
update eng.product_requirements_v2 as requirement
set risk_rating = 'medium'
where (requirement.risk_rating in ('low', 'medium', 'high')) is not true;
