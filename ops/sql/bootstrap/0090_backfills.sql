-- title: Where each backfill stands
-- why: a backfill that was killed goes on from its last committed key, not from memory

create table drydock.backfill_state (
    file        text        not null,
    lease       text        not null default '',
    sha256      text        not null,
    expected    bigint      not null check (expected >= 0),
    changed     bigint      not null default 0,
    last_key    jsonb,
    upper_key   jsonb,
    batches     integer     not null default 0,
    started_at  timestamptz not null default now(),
    finished_at timestamptz,
    primary key (file, lease)
);
comment on table drydock.backfill_state is 'Progress of every backfill, written in the transaction of each batch.';
comment on column drydock.backfill_state.file is 'The file, relative to the project.';
comment on column drydock.backfill_state.lease is 'The lease that runs it; empty for the operator, whose word no lease can give.';
comment on column drydock.backfill_state.sha256 is 'Hash of the file when it began; another file begins anew.';
comment on column drydock.backfill_state.expected is 'Rows its todo query counted before it began.';
comment on column drydock.backfill_state.changed is 'Rows changed so far.';
comment on column drydock.backfill_state.last_key is 'Primary key of the last row of the last committed batch.';
comment on column drydock.backfill_state.upper_key is 'Primary key at which it ends; rows added later are not its job.';
comment on column drydock.backfill_state.batches is 'Batches committed.';
comment on column drydock.backfill_state.started_at is 'When it began.';
comment on column drydock.backfill_state.finished_at is 'When its todo query was 0 again.';
alter table drydock.backfill_state owner to audit_owner;

create table drydock.expected_file (
    path   text primary key,
    sha256 text not null,
    kind   text not null check (kind in ('migration', 'backfill'))
);
comment on table drydock.expected_file is 'Files of the project that a complete staging has run; written before the first of them runs.';
comment on column drydock.expected_file.path is 'The file, relative to the project.';
comment on column drydock.expected_file.sha256 is 'Its hash on disk.';
comment on column drydock.expected_file.kind is 'What it is.';
alter table drydock.expected_file owner to audit_owner;
