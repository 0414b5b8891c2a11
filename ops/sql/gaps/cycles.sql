-- title: Circles of backlog items, each once, with the way round
-- why: what check/dependency_cycles counts; to cut a circle one must see it
-- as: eng_service

with recursive walk (start_id, item_id, way) as (
    select
        item.id,
        item.parent_id,
        array[item.id]
    from eng.backlog_items as item
    where item.parent_id is not null

    union all

    select
        walk.start_id,
        parent.parent_id,
        walk.way || parent.id
    from walk
    join eng.backlog_items as parent
        on parent.id = walk.item_id
    where parent.parent_id is not null
      and parent.id <> all (walk.way)
      and parent.id > walk.start_id -- a circle is walked from its least member only
)
select
    walk.start_id as first_id,
    cardinality(walk.way) as items,
    array_to_string(walk.way || walk.start_id, ' > ') as way
from walk
where walk.item_id = walk.start_id
order by walk.start_id;
