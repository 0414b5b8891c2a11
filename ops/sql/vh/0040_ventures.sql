-- title: Ventures
-- why: what a company builds, with soft links to the governance it follows; a foreign key would tie the two domains together

create table vh.ventures (
    id            uuid        primary key default gen_random_uuid(),
    company_id    uuid        not null references vh.companies (id) on delete cascade,
    name          text        not null,
    description   text,
    status        text        not null default 'draft',
    current_stage integer     not null default 1,
    sd_id         uuid,
    prd_id        uuid,
    backlog_id    uuid,
    gate_status   text,
    metadata      jsonb       not null default '{}',
    created_by    uuid,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),

    constraint one_name_per_company unique (company_id, name),
    constraint name_is_not_blank check (name ~ '\S'),
    constraint status_is_known check (status in ('draft', 'active', 'paused', 'closed')),
    constraint stages_count_from_1 check (current_stage >= 1),
    constraint gate_status_is_known check (gate_status in ('pending', 'passed', 'failed'))
);

create index ventures_by_directive on vh.ventures (sd_id);
create index ventures_by_requirement on vh.ventures (prd_id);
create index ventures_by_backlog_item on vh.ventures (backlog_id);

create trigger ventures_touch
    before update on vh.ventures
    for each row execute function vh.touch_updated_at();

comment on table vh.ventures is 'Ventures of a company, softly linked to governance in eng.';
comment on column vh.ventures.id is 'Identity.';
comment on column vh.ventures.company_id is 'The company that runs it.';
comment on column vh.ventures.name is 'Its name; one that equals a directive''s title links the two.';
comment on column vh.ventures.description is 'What it is about.';
comment on column vh.ventures.status is 'draft, active, paused or closed.';
comment on column vh.ventures.current_stage is 'Stage it is in, from 1.';
comment on column vh.ventures.sd_id is 'Soft link: the directive it follows. Filled by hydration.';
comment on column vh.ventures.prd_id is 'Soft link: the requirement it meets. Filled by hydration.';
comment on column vh.ventures.backlog_id is 'Soft link: the backlog item it waits for. Filled by hydration.';
comment on column vh.ventures.gate_status is
    'pending, passed or failed, as eng said when it was linked; null is not linked.';
comment on column vh.ventures.metadata is
    'What its source said; keys sd_key, sd_id, prd_id, prd_uuid, backlog_id and eng_backlog_id name links.';
comment on column vh.ventures.created_by is 'The user who entered it.';
comment on column vh.ventures.created_at is 'When it was entered.';
comment on column vh.ventures.updated_at is 'Last change; kept by trigger.';
