-- title: Ventures by the key of their directive
-- why: a venture that names its directive is taken at its word; a key that names none stays an open gap
-- links: vh.ventures.sd_id

select
    venture.id,
    directive.sd_id as link
from vh.ventures as venture
left join views.eng_governance_summary as directive
    on directive.sd_key = venture.metadata ->> 'sd_key'
where venture.sd_id is null
  and venture.metadata ->> 'sd_key' <> '';
