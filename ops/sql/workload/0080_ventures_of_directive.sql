-- title: The ventures that follow one directive
-- why: the service asks it before a directive changes; the link is soft, so its index is all there is
-- as: vh_service

-- drydock: parameters
select sd_id from vh.ventures where sd_id is not null order by id limit 100;

-- drydock: query
select venture.id, venture.name, venture.gate_status
from vh.ventures as venture
where venture.sd_id = $1;
