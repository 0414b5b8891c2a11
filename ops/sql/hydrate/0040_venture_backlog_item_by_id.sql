-- title: Ventures by the id of their backlog item
-- why: sources call it backlog_id or eng_backlog_id; an id of no item stays an open gap
-- links: vh.ventures.backlog_id

select
    venture.id,
    item.item_id as link
from vh.ventures as venture
cross join lateral (
    select lower(coalesce(venture.metadata ->> 'backlog_id', venture.metadata ->> 'eng_backlog_id')) as item_id
) as named
left join views.eng_backlog_rollup as item
    on item.item_id::text = named.item_id
where venture.backlog_id is null
  and named.item_id <> '';
