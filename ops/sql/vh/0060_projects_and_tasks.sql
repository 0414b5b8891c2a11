-- title: Projects and their tasks
-- why: day-to-day work of a venture, softly linked to the directive and the backlog items it carries out

create table vh.projects (
    id         uuid        primary key default gen_random_uuid(),
    venture_id uuid        references vh.ventures (id) on delete set null,
    name       text        not null,
    eng_sd_id  uuid,
    status     text        not null default 'active',
    metadata   jsonb       not null default '{}',
    created_at timestamptz not null default now(),

    constraint name_is_not_blank check (name ~ '\S'),
    constraint status_is_known check (status in ('planning', 'active', 'completed', 'archived'))
);

create index projects_by_venture on vh.projects (venture_id);
create index projects_by_directive on vh.projects (eng_sd_id);

comment on table vh.projects is 'Projects, softly linked to the directive they carry out.';
comment on column vh.projects.id is 'Identity.';
comment on column vh.projects.venture_id is
    'The venture it belongs to; null for one of no venture, which no member sees.';
comment on column vh.projects.name is 'Its name.';
comment on column vh.projects.eng_sd_id is 'Soft link: the directive. Filled by hydration.';
comment on column vh.projects.status is 'planning, active, completed or archived.';
comment on column vh.projects.metadata is 'What its source said; key sd_key names the directive.';
comment on column vh.projects.created_at is 'When it was entered.';

create table vh.tasks (
    id             uuid        primary key default gen_random_uuid(),
    project_id     uuid        not null references vh.projects (id) on delete cascade,
    title          text        not null,
    eng_backlog_id uuid,
    status         text        not null default 'pending',
    created_at     timestamptz not null default now(),

    constraint title_is_not_blank check (title ~ '\S'),
    constraint status_is_known check (status in ('pending', 'in_progress', 'completed'))
);

create index tasks_by_project on vh.tasks (project_id);
create index tasks_by_backlog_item on vh.tasks (eng_backlog_id);

comment on table vh.tasks is 'Tasks of a project, softly linked to the backlog item they work on.';
comment on column vh.tasks.id is 'Identity.';
comment on column vh.tasks.project_id is 'The project.';
comment on column vh.tasks.title is 'What is to be done; begins with the title of the backlog item it works on.';
comment on column vh.tasks.eng_backlog_id is 'Soft link: the backlog item. Filled by hydration.';
comment on column vh.tasks.status is 'pending, in_progress or completed.';
comment on column vh.tasks.created_at is 'When it was entered.';
