-- title: No backlog item is part of itself
-- why: items that contain each other can never be finished first; a constraint sees one row, not a circle of them
-- remedy: Clear parent_id of one item of each circle.
-- severity: error
-- as: eng_service

with recursive ancestry (item_id, ancestor_id) as (
    select
        item.id,
        item.parent_id
    from eng.backlog_items as item
    where item.parent_id is not null

    union -- not "union all": a pair seen before is not followed again, so circles end

    select
        ancestry.item_id,
        parent.parent_id
    from ancestry
    join eng.backlog_items as parent
        on parent.id = ancestry.ancestor_id
    where parent.parent_id is not null
)
select
    'backlog items outside any circle' as object,
    count(*)                           as examined,
    count(circle.item_id)              as violations,
    array_to_string((array_agg(item.title order by item.title) filter (where circle.item_id is not null))[1:5], ', ') as detail
from eng.backlog_items as item
left join ancestry as circle
    on circle.item_id = item.id
   and circle.ancestor_id = item.id;
