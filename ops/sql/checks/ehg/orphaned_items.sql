-- title: Every backlog item has a requirement
-- why: an orphan is work that no requirement asks for
-- remedy: Link it: orphans_to_link.csv is a form for "drydock fix link_orphans".
-- severity: error
-- as: eng_service

select
    'backlog items with a requirement' as object,
    count(*) as examined,
    count(*) filter (where item.prd_id is null) as violations,
    array_to_string((array_agg(item.title order by item.title) filter (where item.prd_id is null))[1:5], ', ') as detail
from eng.backlog_items as item;
