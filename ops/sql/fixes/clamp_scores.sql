-- title: Scores are brought back between 0 and 100
-- why: a score out of bounds is a slip of the writer, and the nearest bound is what was meant
-- as: eng_service
-- check: requirement_integrity

-- drydock: review
select
    requirement.id,
    requirement.title,
    requirement.completeness_score as before,
    least(100, greatest(0, requirement.completeness_score)) as after
from eng.product_requirements_v2 as requirement
where requirement.completeness_score not between 0 and 100
order by requirement.title, requirement.id;

-- drydock: change
update eng.product_requirements_v2 as requirement
set completeness_score = least(100, greatest(0, requirement.completeness_score))
where requirement.completeness_score not between 0 and 100;
