-- title: What the one who holds a lease does itself
-- why: an agent runs checks, backfills, links and probes without any right on Drydock's books; each of these functions
--   does one thing to them, in the name of whoever is logged in

create table drydock.known_check (
    path      text primary key,
    statement text not null,
    sha256    text not null check (sha256 ~ '^[0-9a-f]{64}$')
);
comment on table drydock.known_check is 'The auditor''s checks, as the operator stored them at the last hand-over: a lease runs these and no others.';
comment on column drydock.known_check.path is 'The file, relative to the project or to Drydock.';
comment on column drydock.known_check.statement is 'Its one SELECT.';
comment on column drydock.known_check.sha256 is 'Hash of the file.';
alter table drydock.known_check owner to audit_owner;

create function drydock.known_files() returns table (path text, sha256 text)
language sql
stable
security definer -- tells names and hashes, never a statement
set search_path = ''
as $$
    select known.path, known.sha256 from drydock.known_check as known
    union all
    select known.rule, known.sha256 from drydock.link_rule as known;
$$;
comment on function drydock.known_files() is 'The checks and link rules that a lease can run, as the operator stored them.';
alter function drydock.known_files() owner to audit_owner;

create function drydock.run_check(path text)
returns table (object text, examined bigint, violations bigint, detail text)
language plpgsql
stable
security definer -- looks where the auditor may, at what the operator stored
set search_path = ''
set standard_conforming_strings = on -- the caller's setting would change what a text in the statement says
as $$
declare
    statement text;
begin
    select known.statement into statement
    from drydock.known_check as known
    where known.path = run_check.path;
    if not found then
        raise exception 'there is no check %', path using errcode = 'DD004';
    end if;
    return query execute format(
        E'select answer.object::text, answer.examined::bigint, answer.violations::bigint, answer.detail::text from (%s\n) as answer',
        statement
    );
end;
$$;
comment on function drydock.run_check(text) is 'Runs one of the auditor''s checks. Stable, so that it cannot write.';
-- whoever is not superuser gives a function only to who may make one there
grant create on schema drydock to auditor;
alter function drydock.run_check(text) owner to auditor;
revoke create on schema drydock from auditor;

create function drydock.begin_backfill(file text, sha256 text, todo bigint) returns drydock.backfill_state
language plpgsql
security definer -- writes drydock.backfill_state, which no role of the contract may touch
set search_path = ''
as $$
declare
    state drydock.backfill_state;
begin
    select known.* into state
    from drydock.backfill_state as known
    where known.file = begin_backfill.file and known.lease = drydock.lease_at_work();
    if found
        and state.sha256 = begin_backfill.sha256
        and state.finished_at is null
        and (state.last_key = state.upper_key) is not true -- its walk has not reached the end
    then
        return state;
    end if;
    insert into drydock.backfill_state as known (file, lease, sha256, expected)
    values (begin_backfill.file, drydock.lease_at_work(), begin_backfill.sha256, todo)
    on conflict on constraint backfill_state_pkey do update
    set sha256 = excluded.sha256, expected = excluded.expected, changed = 0, last_key = null, upper_key = null,
        batches = 0, started_at = now(), finished_at = null
    returning known.* into state;
    return state;
end;
$$;
comment on function drydock.begin_backfill(text, text, bigint) is
    'Begins a backfill, or finds where an unfinished one of the same file stands; an ended or edited one begins anew.';
alter function drydock.begin_backfill(text, text, bigint) owner to audit_owner;

create function drydock.note_backfill_end(file text, upper_key jsonb) returns void
language sql
security definer
set search_path = ''
as $$
    update drydock.backfill_state as known
    set upper_key = note_backfill_end.upper_key
    where known.file = note_backfill_end.file and known.lease = drydock.lease_at_work();
$$;
comment on function drydock.note_backfill_end(text, jsonb) is 'Fixes where the walk of a backfill ends.';
alter function drydock.note_backfill_end(text, jsonb) owner to audit_owner;

create function drydock.note_backfill_batch(file text, rows bigint, last_key jsonb) returns void
language sql
security definer
set search_path = ''
as $$
    update drydock.backfill_state as known
    set changed = known.changed + rows, batches = known.batches + 1, last_key = note_backfill_batch.last_key
    where known.file = note_backfill_batch.file and known.lease = drydock.lease_at_work();
$$;
comment on function drydock.note_backfill_batch(text, bigint, jsonb) is 'Notes a batch; called in the transaction of the batch.';
alter function drydock.note_backfill_batch(text, bigint, jsonb) owner to audit_owner;

create function drydock.note_backfill_walked(file text) returns void
language sql
security definer
set search_path = ''
as $$
    update drydock.backfill_state as known
    set last_key = known.upper_key
    where known.file = note_backfill_walked.file and known.lease = drydock.lease_at_work();
$$;
comment on function drydock.note_backfill_walked(text) is 'Notes that a walk is at its end, also where its last rows are gone.';
alter function drydock.note_backfill_walked(text) owner to audit_owner;

create function drydock.note_backfill_finished(file text) returns void
language sql
security definer
set search_path = ''
as $$
    update drydock.backfill_state as known
    set finished_at = now()
    where known.file = note_backfill_finished.file and known.lease = drydock.lease_at_work();
$$;
comment on function drydock.note_backfill_finished(text) is 'Notes that nothing is left to do.';
alter function drydock.note_backfill_finished(text) owner to audit_owner;

create function drydock.note_linkage(run_id text, link_column text, total bigint, linked bigint) returns void
language sql
security definer -- appends to audit.linkage_verification, and says by whom
set search_path = ''
as $$
    insert into audit.linkage_verification (run_id, link_column, total, linked)
    values (run_id || coalesce(' by ' || nullif(drydock.lease_at_work(), ''), ''), link_column, total, linked);
$$;
comment on function drydock.note_linkage(text, text, bigint, bigint) is 'Notes how far a link column is filled, as whoever is logged in counts it.';
alter function drydock.note_linkage(text, text, bigint, bigint) owner to audit_owner;
