-- title: Read the strategic directives
-- why: shows that governance can be read through views alone
-- kind: read
-- counts: strategic directives

select distinct -- the view repeats a directive for each of its requirements
    directive.sd_id,
    directive.sd_key,
    directive.sd_title,
    directive.sd_status,
    directive.sd_priority
from views.eng_governance_summary as directive;
