-- title: Ventures by the id of their directive
-- why: older sources name the id instead of the key; compared as text, because it may be no id at all
-- links: vh.ventures.sd_id

select
    venture.id,
    directive.sd_id as link
from vh.ventures as venture
left join views.eng_governance_summary as directive
    on directive.sd_id::text = lower(venture.metadata ->> 'sd_id')
where venture.sd_id is null
  and venture.metadata ->> 'sd_id' <> '';
