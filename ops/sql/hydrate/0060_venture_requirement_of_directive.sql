-- title: Ventures by the only requirement of their directive
-- why: with one requirement there is nothing to choose; with several the venture has to say
-- links: vh.ventures.prd_id

select
    venture.id,
    requirement.prd_id as link
from vh.ventures as venture
left join views.eng_prd_payload_v1 as requirement
    on requirement.sd_id = venture.sd_id
where venture.prd_id is null
  and venture.sd_id is not null;
