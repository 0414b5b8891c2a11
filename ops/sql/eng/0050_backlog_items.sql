-- title: Backlog items
-- why: the work itself, traceable up to its directive and down to a commit

create table eng.backlog_items (
    id          uuid        primary key default gen_random_uuid(),
    sd_id       uuid        not null references eng.strategic_directives_v2 (id) on delete cascade,
    prd_id      uuid,
    title       text        not null,
    description text,
    type        text,
    state       text        not null default 'todo',
    priority    text,
    qa_gate_min numeric,
    gate_status text        not null default 'pending',
    parent_id   uuid        references eng.backlog_items (id) on delete set null,
    commit_sha  text,
    pr_url      text,
    metadata    jsonb       not null default '{}',
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),

    constraint requirement_of_the_same_directive
        foreign key (prd_id, sd_id) references eng.product_requirements_v2 (id, sd_id)
        on delete set null (prd_id),
    constraint title_is_not_blank check (title ~ '\S'),
    constraint type_is_known check (type in ('feature', 'bug', 'chore', 'doc')),
    constraint state_is_known check (state in ('todo', 'doing', 'blocked', 'done')),
    constraint priority_is_p0_to_p3 check (priority in ('P0', 'P1', 'P2', 'P3')),
    constraint qa_gate_is_0_to_100 check (qa_gate_min between 0 and 100),
    constraint gate_status_is_known check (gate_status in ('pending', 'passed', 'failed')),
    constraint not_its_own_parent check (parent_id <> id),
    constraint commit_is_a_lower_case_sha check (commit_sha ~ '^[0-9a-f]{7,64}$')
);

create index backlog_items_by_directive on eng.backlog_items (sd_id);
create index backlog_items_by_requirement on eng.backlog_items (prd_id, sd_id);
create index backlog_items_by_parent on eng.backlog_items (parent_id);

create trigger backlog_items_touch
    before update on eng.backlog_items
    for each row execute function eng.touch_updated_at();

comment on table eng.backlog_items is 'Backlog items: work on a requirement of a directive.';
comment on column eng.backlog_items.id is 'Identity; what soft links of other domains hold.';
comment on column eng.backlog_items.sd_id is 'The directive that it serves.';
comment on column eng.backlog_items.prd_id is
    'The requirement, of the same directive; null is an orphan, which a check reports.';
comment on column eng.backlog_items.title is 'What is to be done.';
comment on column eng.backlog_items.description is 'The same at length.';
comment on column eng.backlog_items.type is 'feature, bug, chore or doc; null is not triaged.';
comment on column eng.backlog_items.state is 'todo, doing, blocked or done.';
comment on column eng.backlog_items.priority is 'P0 (first) to P3; null is not triaged.';
comment on column eng.backlog_items.qa_gate_min is 'QA score, 0 to 100, that a stage must reach; null is no gate set.';
comment on column eng.backlog_items.gate_status is 'pending, passed or failed.';
comment on column eng.backlog_items.parent_id is
    'The item that this one is part of; longer cycles are found by a check.';
comment on column eng.backlog_items.commit_sha is 'Commit that did it.';
comment on column eng.backlog_items.pr_url is 'Pull request that did it.';
comment on column eng.backlog_items.metadata is 'What its source said beyond these columns.';
comment on column eng.backlog_items.created_at is 'When it was written.';
comment on column eng.backlog_items.updated_at is 'Last change; kept by trigger.';
