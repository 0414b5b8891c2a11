-- title: Ventures by the id of their requirement
-- why: sources call it prd_id or prd_uuid; an id of no requirement stays an open gap
-- links: vh.ventures.prd_id

select
    venture.id,
    requirement.prd_id as link
from vh.ventures as venture
cross join lateral (
    select lower(coalesce(venture.metadata ->> 'prd_id', venture.metadata ->> 'prd_uuid')) as prd_id
) as named
left join views.eng_prd_payload_v1 as requirement
    on requirement.prd_id::text = named.prd_id
where venture.prd_id is null
  and named.prd_id <> '';
