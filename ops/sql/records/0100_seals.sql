-- title: What the sealer leaves in the database
-- why: the proof is outside; here stands only what others ask: positions, regressions, and when it last went well

set local role record_owner;

create table audit.audit_event_sequence (
    workspace_id    uuid        not null primary key,
    last_event_id   uuid        not null,
    last_created_at timestamptz not null,
    last_position   bigint      not null check (last_position > 0)
);
comment on table audit.audit_event_sequence is 'The newest sealed record of each workspace and its gapless position. Written by the sealer.';
comment on column audit.audit_event_sequence.workspace_id is 'The workspace.';
comment on column audit.audit_event_sequence.last_event_id is 'Its newest sealed record.';
comment on column audit.audit_event_sequence.last_created_at is 'created_at of that record.';
comment on column audit.audit_event_sequence.last_position is 'Its position: how many of the workspace are sealed.';

create table audit.audit_regression (
    record_id     uuid        not null,
    workspace_id  uuid        not null,
    created_at    timestamptz not null,
    newest_before timestamptz not null,
    found_at      timestamptz not null default clock_timestamp()
);
comment on table audit.audit_regression is 'Records that stand under an earlier time than a record sealed before them. Not refused: noted. Append-only.';
comment on column audit.audit_regression.record_id is 'The record.';
comment on column audit.audit_regression.workspace_id is 'Its workspace.';
comment on column audit.audit_regression.created_at is 'Its time.';
comment on column audit.audit_regression.newest_before is 'The latest time sealed before it.';
comment on column audit.audit_regression.found_at is 'When the sealer noted it.';
create trigger record_append_only before update or delete on audit.audit_regression
    for each row execute function audit.refuse_record_change();
select audit.guard_record_table('audit.audit_regression');
create policy readers on audit.audit_regression for select to record_reader, record_keeper using (true);
grant select on audit.audit_event_sequence, audit.audit_regression to record_reader, record_keeper;

create table drydock.audit_job (
    name         text        not null primary key,
    interval     interval    not null,
    started_at   timestamptz not null default clock_timestamp(),
    succeeded_at timestamptz,
    failed_at    timestamptz,
    error        text
);
comment on table drydock.audit_job is 'Archive, partitions and seal: when each last went well, and how often it is to.';
comment on column drydock.audit_job.name is 'archive, partitions or seal.';
comment on column drydock.audit_job.interval is 'Without success for longer than this it is late.';
comment on column drydock.audit_job.started_at is 'When it was entered: a job that never ran is late too.';
comment on column drydock.audit_job.succeeded_at is 'Last success.';
comment on column drydock.audit_job.failed_at is 'Last failure.';
comment on column drydock.audit_job.error is 'What it said.';
insert into drydock.audit_job (name, interval) values ('archive', '25 hours'), ('partitions', '25 hours'), ('seal', '10 minutes');
grant select on drydock.audit_job to record_keeper;

create function audit.note_audit_job(p_name text, p_error text) returns void
language sql
security definer
set search_path = ''
begin atomic
    update drydock.audit_job
    set succeeded_at = case when p_error is null then clock_timestamp() else succeeded_at end,
        failed_at = case when p_error is null then failed_at else clock_timestamp() end,
        error = p_error
    where name = p_name;
end;
comment on function audit.note_audit_job(text, text) is 'Enters that a job went well, or what it failed with.';
revoke all on function audit.note_audit_job(text, text) from public;
grant execute on function audit.note_audit_job(text, text) to record_keeper;

create function audit.note_seal(heads jsonb, regressions jsonb) returns void
language sql
security definer
set search_path = ''
begin atomic
    insert into audit.audit_event_sequence (workspace_id, last_event_id, last_created_at, last_position)
    select head.workspace_id, head.last_event_id, head.last_created_at, head.last_position
    from jsonb_to_recordset(heads) as head (workspace_id uuid, last_event_id uuid, last_created_at timestamptz, last_position bigint)
    on conflict (workspace_id) do update set
        last_event_id = excluded.last_event_id, last_created_at = excluded.last_created_at, last_position = excluded.last_position;
    insert into audit.audit_regression (record_id, workspace_id, created_at, newest_before)
    select went.record_id, went.workspace_id, went.created_at, went.newest_before
    from jsonb_to_recordset(regressions) as went (record_id uuid, workspace_id uuid, created_at timestamptz, newest_before timestamptz);
    select audit.note_audit_job('seal', null);
end;
comment on function audit.note_seal(jsonb, jsonb) is 'Enters what a checkpoint has sealed, after it was written.';
revoke all on function audit.note_seal(jsonb, jsonb) from public;
grant execute on function audit.note_seal(jsonb, jsonb) to record_keeper;
