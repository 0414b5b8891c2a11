-- title: Orphans get the requirement that somebody chose for them
-- why: only people know where an item belongs; every line that links nothing says why
-- as: eng_service
-- check: orphaned_items
-- csv: backlog_id, chosen_prd_id, action, comment
-- key: backlog_id
-- actions: link, archive, ignore

-- drydock: review
select
    choice.backlog_id,
    choice.chosen_prd_id,
    choice.action,
    case
        when choice.action <> 'link' then 'non_link_action'
        when choice.chosen_prd_id = '' then 'no_prd_supplied'
        when item.id is null then 'backlog_not_found'
        when item.prd_id is not null then 'not_orphan'
        when requirement.id is null then 'prd_not_found'
        when requirement.sd_id <> item.sd_id then 'other: the requirement is of another directive'
        else 'linked'
    end as outcome
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as choice (backlog_id text, chosen_prd_id text, action text, comment text)
left join eng.backlog_items as item
    on item.id::text = lower(choice.backlog_id)
left join eng.product_requirements_v2 as requirement
    on requirement.id::text = lower(choice.chosen_prd_id)
order by choice.backlog_id;

-- drydock: change
update eng.backlog_items as item
set prd_id = requirement.id
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as choice (backlog_id text, chosen_prd_id text, action text, comment text)
join eng.product_requirements_v2 as requirement
    on requirement.id::text = lower(choice.chosen_prd_id)
where choice.action = 'link'
  and item.id::text = lower(choice.backlog_id)
  and item.prd_id is null
  and item.sd_id = requirement.sd_id;
