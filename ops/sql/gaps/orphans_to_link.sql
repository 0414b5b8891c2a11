-- title: A form for linking orphans: fill in chosen_prd_id and action, and hand it to "drydock fix link_orphans --csv"
-- why: which requirement an orphan belongs to is for people to say
-- as: eng_service

select
    item.id as backlog_id,
    '' as chosen_prd_id,
    'ignore' as action, -- or link
    item.title as comment
from eng.backlog_items as item
where item.prd_id is null
order by item.title, item.id;
