-- title: The ventures of one company
-- why: the start page of the venture side
-- as: vh_service

-- drydock: parameters
select id from vh.companies order by id limit 100;

-- drydock: query
select venture.id, venture.name, venture.status, venture.current_stage
from vh.ventures as venture
where venture.company_id = $1
order by venture.name;
