-- title: Runs of the ingest
-- why: whether governance still flows into vh is asked long after a run's output is gone

create table vh.ingest_runs (
    id              uuid        primary key default gen_random_uuid(),
    source          text        not null,
    status          text        not null,
    directives_read bigint      not null default 0,
    projects_linked bigint      not null default 0,
    tasks_linked    bigint      not null default 0,
    created_at      timestamptz not null default now(),

    constraint status_is_known check (status in ('success', 'failed')),
    constraint counts_are_not_negative check (least(directives_read, projects_linked, tasks_linked) >= 0)
);

create index ingest_runs_by_time on vh.ingest_runs (created_at);

comment on table vh.ingest_runs is 'What each ingest of governance read and linked.';
comment on column vh.ingest_runs.id is 'Identity.';
comment on column vh.ingest_runs.source is 'What was read.';
comment on column vh.ingest_runs.status is 'success or failed.';
comment on column vh.ingest_runs.directives_read is 'Strategic directives read.';
comment on column vh.ingest_runs.projects_linked is 'Projects whose link it filled.';
comment on column vh.ingest_runs.tasks_linked is 'Tasks whose link it filled.';
comment on column vh.ingest_runs.created_at is 'When it ended.';
