-- title: Strategic directives
-- why: every requirement and every backlog item answers to one

create table eng.strategic_directives_v2 (
    id               uuid        primary key default gen_random_uuid(),
    sd_key           text        not null unique,
    sd_slug          text        not null,
    title            text        not null,
    description      text,
    status           text        not null default 'draft',
    priority         integer     not null default 50,
    owner            text,
    decision_log_ref text,
    evidence_ref     text,
    approved_at      timestamptz,
    metadata         jsonb       not null default '{}',
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),

    constraint key_is_date_and_slug check (sd_key ~ '^SD-\d{4}-\d{2}-\d{2}-[a-z0-9-]+$'),
    constraint title_is_not_blank check (title ~ '\S'),
    constraint status_is_known check (status in ('draft', 'active', 'in_progress', 'completed', 'archived')),
    constraint priority_is_0_to_100 check (priority between 0 and 100)
);

create index strategic_directives_by_approval on eng.strategic_directives_v2 (approved_at);

create trigger strategic_directives_touch
    before update on eng.strategic_directives_v2
    for each row execute function eng.touch_updated_at();

comment on table eng.strategic_directives_v2 is
    'Strategic directives. Readers outside eng see one only once it is approved.';
comment on column eng.strategic_directives_v2.id is 'Identity; what soft links of other domains hold.';
comment on column eng.strategic_directives_v2.sd_key is
    'Public name, SD-YYYY-MM-DD-slug; always computed, never given.';
comment on column eng.strategic_directives_v2.sd_slug is
    'Title in lower case and hyphens, unless given; stays when the title is corrected.';
comment on column eng.strategic_directives_v2.title is 'What is to be achieved, in a few words.';
comment on column eng.strategic_directives_v2.description is 'The same at length.';
comment on column eng.strategic_directives_v2.status is 'draft, active, in_progress, completed or archived.';
comment on column eng.strategic_directives_v2.priority is '0 to 100; higher is sooner.';
comment on column eng.strategic_directives_v2.owner is 'Who answers for it; null until somebody does.';
comment on column eng.strategic_directives_v2.decision_log_ref is 'Where the decision is written down.';
comment on column eng.strategic_directives_v2.evidence_ref is 'Where the evidence for it is kept.';
comment on column eng.strategic_directives_v2.approved_at is 'When it was approved; null until then.';
comment on column eng.strategic_directives_v2.metadata is 'What its source said beyond these columns.';
comment on column eng.strategic_directives_v2.created_at is 'When it was written.';
comment on column eng.strategic_directives_v2.updated_at is 'Last change; kept by trigger.';
