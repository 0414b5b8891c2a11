-- title: Whoever may not see a directive does not see its requirements either
-- why: the views hide unapproved directives; a requirement or backlog item left visible would tell of them
-- remedy: Let the policies of requirements and backlog items ask for a visible directive.
-- gate: rls_active
-- as: views_owner

select
    'eng.product_requirements_v2' as object,
    count(*) as examined,
    count(*) filter (where directive.id is null) as violations,
    'visible without their directive: ' || count(*) filter (where directive.id is null) as detail
from eng.product_requirements_v2 as requirement
left join eng.strategic_directives_v2 as directive
    on directive.id = requirement.sd_id

union all

select
    'eng.backlog_items',
    count(*),
    count(*) filter (where directive.id is null),
    'visible without their directive: ' || count(*) filter (where directive.id is null)
from eng.backlog_items as item
left join eng.strategic_directives_v2 as directive
    on directive.id = item.sd_id
order by object;
