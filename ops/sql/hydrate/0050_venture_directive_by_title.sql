-- title: Ventures named like a directive
-- why: the fallback for sources that name nothing; two directives of one title leave the venture unlinked
-- links: vh.ventures.sd_id

select
    venture.id,
    directive.sd_id as link
from vh.ventures as venture
left join views.eng_governance_summary as directive
    on lower(directive.sd_title) = lower(venture.name)
where venture.sd_id is null;
