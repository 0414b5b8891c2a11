-- title: The audit tables
-- why: what was applied, what was changed, who was let in and what was linked outlives the session that did it

create table audit.migration_log (
    id          bigint generated always as identity primary key,
    version     text        not null unique,
    sha256      text        not null check (sha256 ~ '^[0-9a-f]{64}$'),
    applied_at  timestamptz not null default now(),
    applied_by  text        not null,
    duration_ms numeric     not null
);
comment on table audit.migration_log is 'Migrations applied to this database, once each, in order.';
comment on column audit.migration_log.id is 'Order of application.';
comment on column audit.migration_log.version is 'The file, relative to the project.';
comment on column audit.migration_log.sha256 is 'Hash of the file as applied; a file edited later no longer matches.';
comment on column audit.migration_log.applied_at is 'Start of the transaction that applied it.';
comment on column audit.migration_log.applied_by is 'Role that ran it: the owner of the domain.';
comment on column audit.migration_log.duration_ms is 'Milliseconds it took.';

create table audit.change_log (
    id             bigint generated always as identity primary key,
    table_name     text        not null,
    operation      text        not null check (operation in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    user_name      text        not null,
    role_name      text        not null,
    "timestamp"    timestamptz not null default clock_timestamp(),
    transaction_id xid8        not null default pg_catalog.pg_current_xact_id(),
    row_data       jsonb
);
comment on table audit.change_log is 'Every row changed in a domain. Past row-level security, so only the auditor reads it; others read views.change_summary.';
comment on column audit.change_log.id is 'Order of writing; gaps are rolled-back work.';
comment on column audit.change_log.table_name is 'schema.table that changed.';
comment on column audit.change_log.operation is 'INSERT, UPDATE, DELETE or TRUNCATE.';
comment on column audit.change_log.user_name is 'session_user: who logged in.';
comment on column audit.change_log.role_name is 'The role that was acting (SET ROLE), else the login itself.';
comment on column audit.change_log."timestamp" is 'When it was written.';
comment on column audit.change_log.transaction_id is 'Transaction that did it, so that its changes can be counted together.';
comment on column audit.change_log.row_data is 'The new row; for DELETE the old one; null for TRUNCATE.';
create index change_log_by_transaction on audit.change_log (transaction_id);
create index change_log_by_table on audit.change_log (table_name, operation);

create table audit.bootstrap_status (
    completed_at timestamptz not null default now(),
    version      text        not null,
    run_id       text        not null
);
comment on table audit.bootstrap_status is 'One row when the bootstrap is complete.';
comment on column audit.bootstrap_status.completed_at is 'When.';
comment on column audit.bootstrap_status.version is 'Drydock''s version.';
comment on column audit.bootstrap_status.run_id is 'The run that did it.';

create table audit.linkage_verification (
    id                bigint generated always as identity primary key,
    verification_time timestamptz not null default now(),
    run_id            text        not null,
    link_column       text        not null,
    total             bigint      not null check (total >= 0),
    linked            bigint      not null check (linked between 0 and total)
);
comment on table audit.linkage_verification is 'Coverage of every link column, measured after each hydration.';
comment on column audit.linkage_verification.id is 'Order of writing.';
comment on column audit.linkage_verification.verification_time is 'When it was measured.';
comment on column audit.linkage_verification.run_id is 'The run that measured it.';
comment on column audit.linkage_verification.link_column is 'schema.table.column.';
comment on column audit.linkage_verification.total is 'Rows in the table.';
comment on column audit.linkage_verification.linked is 'Rows whose link is filled.';

create table audit.lease_event (
    id         bigint generated always as identity primary key,
    lease      text        not null,
    profile    text        not null,
    event      text        not null check (event in ('minted', 'extended', 'warned', 'policed', 'stuck', 'used', 'ended')),
    at         timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    by         text        not null,
    detail     jsonb       not null default '{}'
);
comment on table audit.lease_event is 'The life of every lease: minted, extended, warned, policed, used, ended, or stuck at its end. Never a secret.';
comment on column audit.lease_event.id is 'Order of writing.';
comment on column audit.lease_event.lease is 'The login role.';
comment on column audit.lease_event.profile is 'The capability role it was a member of.';
comment on column audit.lease_event.event is 'What happened to it.';
comment on column audit.lease_event.at is 'When.';
comment on column audit.lease_event.expires_at is 'The end it was given.';
comment on column audit.lease_event.by is 'Who did it.';
comment on column audit.lease_event.detail is 'Counts and reasons.';

alter table audit.migration_log owner to audit_owner;
alter table audit.change_log owner to audit_owner;
alter table audit.bootstrap_status owner to audit_owner;
alter table audit.linkage_verification owner to audit_owner;
alter table audit.lease_event owner to audit_owner;

select audit.make_append_only('audit.migration_log');
select audit.make_append_only('audit.change_log');
select audit.make_append_only('audit.bootstrap_status');
select audit.make_append_only('audit.linkage_verification');
select audit.make_append_only('audit.lease_event');
