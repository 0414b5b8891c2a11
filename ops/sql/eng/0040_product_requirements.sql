-- title: Product requirements
-- why: what a directive asks of the product, in versions, with the assessment that decides whether work may start

create table eng.product_requirements_v2 (
    id                       uuid        primary key default gen_random_uuid(),
    sd_id                    uuid        not null references eng.strategic_directives_v2 (id) on delete cascade,
    title                    text        not null,
    content                  text,
    status                   text        not null default 'draft',
    version                  integer     not null default 1,
    completeness_score       numeric,
    risk_rating              text,
    acceptance_criteria_json jsonb       not null default '[]',
    commit_sha               text,
    pr_url                   text,
    created_at               timestamptz not null default now(),
    updated_at               timestamptz not null default now(),

    constraint one_text_per_version unique (sd_id, title, version),
    constraint id_with_its_directive unique (id, sd_id), -- what a backlog item refers to
    constraint title_is_not_blank check (title ~ '\S'),
    constraint status_is_known check (status in ('draft', 'approved', 'archived')),
    constraint version_counts_from_1 check (version >= 1),
    constraint completeness_is_0_to_100 check (completeness_score between 0 and 100),
    constraint risk_is_known check (risk_rating in ('low', 'medium', 'high')),
    constraint acceptance_criteria_are_a_list check (jsonb_typeof(acceptance_criteria_json) = 'array'),
    constraint commit_is_a_lower_case_sha check (commit_sha ~ '^[0-9a-f]{7,64}$')
);

create trigger product_requirements_touch
    before update on eng.product_requirements_v2
    for each row execute function eng.touch_updated_at();

comment on table eng.product_requirements_v2 is 'Product requirements (PRDs), versioned, each of one directive.';
comment on column eng.product_requirements_v2.id is 'Identity; what soft links of other domains hold.';
comment on column eng.product_requirements_v2.sd_id is 'The directive that it serves.';
comment on column eng.product_requirements_v2.title is 'What is required, in a few words.';
comment on column eng.product_requirements_v2.content is 'The requirement itself.';
comment on column eng.product_requirements_v2.status is 'draft, approved or archived.';
comment on column eng.product_requirements_v2.version is
    'Counts the versions of one title within its directive, from 1.';
comment on column eng.product_requirements_v2.completeness_score is '0 to 100; null is not assessed, which is not 0.';
comment on column eng.product_requirements_v2.risk_rating is
    'low, medium or high; null is not assessed, which is not low.';
comment on column eng.product_requirements_v2.acceptance_criteria_json is
    'List of what must hold for it to count as met.';
comment on column eng.product_requirements_v2.commit_sha is 'Commit that met it, where no backlog item says.';
comment on column eng.product_requirements_v2.pr_url is 'Pull request that met it, where no backlog item says.';
comment on column eng.product_requirements_v2.created_at is 'When it was written.';
comment on column eng.product_requirements_v2.updated_at is 'Last change; kept by trigger.';
