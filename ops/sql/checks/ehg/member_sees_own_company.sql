-- title: A member sees the own company, and no other
-- why: rows differ by login here; the sample maps the login vh_member, which only a superuser can take on, to Northwind Labs
-- remedy: Look at the policies to vh_member; each must lead back to vh.member_company_ids().
-- severity: error
-- gate: rls_active
-- as: vh_member

-- the company is written out: asking vh.member_company_ids() would compare the helper with itself
with own as (
    select 'c1000000-0000-4000-8000-000000000001'::uuid as company_id
),
own_venture as (
    select venture.id
    from vh.ventures as venture
    join own
        on own.company_id = venture.company_id
),
own_project as (
    select project.id
    from vh.projects as project
    join own_venture
        on own_venture.id = project.venture_id
),
seen (object, foreign_row) as (
    select 'vh.companies', company.id not in (select own.company_id from own)
    from vh.companies as company

    union all

    select 'vh.company_members', member.company_id not in (select own.company_id from own)
    from vh.company_members as member

    union all

    select 'vh.ventures', venture.id not in (select own_venture.id from own_venture)
    from vh.ventures as venture

    union all

    select 'vh.stage_states', state.venture_id not in (select own_venture.id from own_venture)
    from vh.stage_states as state

    union all

    -- a project of no venture is nobody's, hence "is not true"
    select 'vh.projects', (project.venture_id in (select own_venture.id from own_venture)) is not true
    from vh.projects as project

    union all

    select 'vh.tasks', task.project_id not in (select own_project.id from own_project)
    from vh.tasks as task
)
select
    looked_at.object,
    count(seen.object)                                           as examined,
    -- to see nothing at all is as wrong as to see too much
    greatest(count(*) filter (where seen.foreign_row), count(*) filter (where seen.object is null)) as violations,
    format('%s of other companies, %s in all', count(*) filter (where seen.foreign_row), count(seen.object)) as detail
from (
    values
        ('vh.companies'),
        ('vh.company_members'),
        ('vh.ventures'),
        ('vh.stage_states'),
        ('vh.projects'),
        ('vh.tasks')
) as looked_at (object)
left join seen
    on seen.object = looked_at.object
group by looked_at.object;
