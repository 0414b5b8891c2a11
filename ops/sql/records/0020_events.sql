-- title: The audit record, hot and archived, and the guard that lets it only grow
-- why: a record that can be edited proves nothing; a row leaves a table only when another holds the same row

set local role record_owner;

create table audit.audit_events (
    id                 uuid         not null default gen_random_uuid(),
    created_at         timestamptz  not null default clock_timestamp(),
    recorded_at        timestamptz  not null default clock_timestamp(),
    occurred_at        timestamptz,
    transaction_id     xid8         not null default pg_current_xact_id(),
    recorded_by        text         not null default session_user,
    source             text         not null default 'application',
    created_by_user_id uuid,
    action_type        varchar(100) not null,
    resource_type      varchar(200) not null,
    resource_id        uuid         not null,
    workspace_id       uuid,
    old_values         jsonb,
    new_values         jsonb,
    changed_fields     text[],
    request_id         uuid,
    tags               text[],
    metadata           jsonb,
    subject_id         uuid,
    origin_sha256      bytea,
    values_sha256      bytea,
    primary key (id, created_at),
    constraint check_action_type_not_empty check (btrim(action_type) <> ''),
    constraint check_resource_type_not_empty check (btrim(resource_type) <> ''),
    -- checks, not NOT NULL: the error then names the rule
    constraint check_workspace_id_not_null check (workspace_id is not null),
    constraint check_created_by_user_id_not_null check (created_by_user_id is not null),
    -- against the server's own note, not now(): true for a long transaction, and still true when it is restored elsewhere
    constraint check_created_at_not_future check (created_at <= recorded_at + interval '1 second'),
    constraint check_old_values_not_empty check (jsonb_typeof(old_values) = 'object' and old_values <> '{}'),
    constraint check_new_values_not_empty check (jsonb_typeof(new_values) = 'object' and new_values <> '{}'),
    constraint check_source_known check (source in ('application', 'trigger', 'system')),
    constraint check_commitment_length check (octet_length(origin_sha256) = 32 and octet_length(values_sha256) = 32)
) partition by range (created_at);
comment on table audit.audit_events is 'One row per audited action, without personal data. Append-only; a partition per month.';
comment on column audit.audit_events.id is 'Identifies the record.';
comment on column audit.audit_events.created_at is 'Time it stands under: the server''s, except where older records were brought in.';
comment on column audit.audit_events.recorded_at is 'Said by the server: its clock when the row was written.';
comment on column audit.audit_events.occurred_at is 'Said by the client: when it happened there.';
comment on column audit.audit_events.transaction_id is 'Transaction that wrote it: the order in which records are sealed.';
comment on column audit.audit_events.recorded_by is 'Said by the server: session_user.';
comment on column audit.audit_events.source is 'application, trigger or system.';
comment on column audit.audit_events.created_by_user_id is 'Who acted: a user, a service account, or the id made of a database role.';
comment on column audit.audit_events.action_type is 'What was done.';
comment on column audit.audit_events.resource_type is 'To what kind of thing; schema.table for a tracked table.';
comment on column audit.audit_events.resource_id is 'To which one.';
comment on column audit.audit_events.workspace_id is 'In which workspace.';
comment on column audit.audit_events.old_values is 'Values before, of the fields that are not personal.';
comment on column audit.audit_events.new_values is 'Values after, of the fields that are not personal.';
comment on column audit.audit_events.changed_fields is 'Names of the fields that differ, added and removed ones included.';
comment on column audit.audit_events.request_id is 'Request it belongs to.';
comment on column audit.audit_events.tags is 'Words to find it by.';
comment on column audit.audit_events.metadata is 'What else is to be known and is not personal.';
comment on column audit.audit_events.subject_id is 'Whose personal values it has; null when the actor''s own, or none.';
comment on column audit.audit_events.origin_sha256 is 'Salted commitment to IP address and user agent; the data itself is kept under the actor''s key.';
comment on column audit.audit_events.values_sha256 is 'Salted commitment to the personal values; the data itself is kept under the subject''s key.';

create index audit_events_by_workspace on audit.audit_events (workspace_id, created_at desc);
create index audit_events_by_user on audit.audit_events (created_by_user_id, created_at desc);
create index audit_events_by_resource on audit.audit_events (resource_type, resource_id);
create index audit_events_by_transaction on audit.audit_events (transaction_id);

create table audit.audit_events_archive (
    like audit.audit_events including defaults including constraints including comments,
    archived_at    timestamptz  not null default now(),
    archived_by    text         not null default session_user,
    archive_reason varchar(255) not null default 'retention',
    primary key (id, created_at)
) partition by range (created_at);
comment on table audit.audit_events_archive is 'Records that left hot storage: the same rows, moved as whole partitions where policy allows.';
comment on column audit.audit_events_archive.archived_at is 'When it was moved.';
comment on column audit.audit_events_archive.archived_by is 'session_user: who moved it.';
comment on column audit.audit_events_archive.archive_reason is 'By which rule.';
-- the same indexes as the hot table, so that attaching a partition builds none
create index audit_events_archive_by_workspace on audit.audit_events_archive (workspace_id, created_at desc);
create index audit_events_archive_by_user on audit.audit_events_archive (created_by_user_id, created_at desc);
create index audit_events_archive_by_resource on audit.audit_events_archive (resource_type, resource_id);
create index audit_events_archive_by_transaction on audit.audit_events_archive (transaction_id);

create table audit.audit_events_quarantine (
    like audit.audit_events including defaults including constraints including comments,
    primary key (id)
);
comment on table audit.audit_events_quarantine is 'Records for whose month there was no partition. Upkeep makes it and moves them; none is refused.';

create function audit.refuse_record_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    raise exception '%.% is append-only: % is refused', tg_table_schema, tg_table_name, lower(tg_op)
        using errcode = 'DD001',
              hint = 'Audit events are immutable. Add a correcting record; erasure and retention have functions of their own.';
end;
$$;
comment on function audit.refuse_record_change() is 'Trigger: refuses UPDATE, DELETE and TRUNCATE, for owners and superusers too.';

create function audit.refuse_record_loss() returns trigger
language plpgsql
set search_path = ''
as $$
declare
    kept boolean := false;
begin
    if tg_op = 'DELETE' then
        -- what was copied to the next tier may leave this one: the row is not lost
        execute format(
            'select exists (select from audit.%I as copy where copy.id = $1.id and copy.created_at = $1.created_at '
            'and pg_catalog.to_jsonb(copy) - $2 = pg_catalog.to_jsonb($1) - $2)', tg_argv[0]
        ) into kept using old, string_to_array(tg_argv[1], ',');
        if kept then
            return old;
        end if;
    end if;
    raise exception '%.% is append-only: % is refused', tg_table_schema, tg_table_name, lower(tg_op)
        using errcode = 'DD001',
              hint = 'Audit events are immutable. Add a correcting record; erasure and retention have functions of their own.';
end;
$$;
comment on function audit.refuse_record_loss() is 'Trigger: refuses UPDATE, and DELETE of a row that the table of its first argument does not hold too, but for the columns of its second.';

create trigger record_append_only before update or delete on audit.audit_events
    for each row execute function audit.refuse_record_loss('audit_events_archive', 'archived_at,archived_by,archive_reason');
create trigger record_append_only before update or delete on audit.audit_events_archive
    for each row execute function audit.refuse_record_change();
create trigger record_append_only before update or delete on audit.audit_events_quarantine
    for each row execute function audit.refuse_record_loss('audit_events', 'transaction_id');

create function audit.guard_record_table(target regclass) returns void
language plpgsql
set search_path = ''
as $$
begin
    if not exists (select from pg_catalog.pg_trigger where tgrelid = target and tgname = 'record_append_only') then
        execute format('create trigger record_append_only before update or delete on %s for each row execute function audit.refuse_record_change()', target);
    end if;
    if (select relispartition from pg_catalog.pg_class where oid = target) then
        -- of its own: the one that comes from the parent goes when the partition is detached
        execute format(
            'create or replace trigger record_kept before update or delete on %s for each row execute function %s', target,
            case when (select relname ~ '^audit_events_[0-9]' from pg_catalog.pg_class where oid = target)
                then 'audit.refuse_record_loss(''audit_events_archive'', ''archived_at,archived_by,archive_reason'')'
                else 'audit.refuse_record_change()' end
        );
        execute format('alter table %s enable always trigger record_kept', target);
    end if;
    -- a TRUNCATE trigger is not inherited, and neither is ENABLE ALWAYS
    execute format('create or replace trigger record_no_truncate before truncate on %s for each statement execute function audit.refuse_record_change()', target);
    execute format('alter table %s enable always trigger record_append_only, enable always trigger record_no_truncate', target);
    execute format('revoke update, truncate on %s from record_owner', target);
    -- rights on a partition would go round the policies of its parent
    execute format('alter table %s enable row level security', target);
end;
$$;
comment on function audit.guard_record_table(regclass) is 'Guards a table, a partition or one that was detached against everything but INSERT, for session_replication_role = replica too.';
revoke all on function audit.guard_record_table(regclass) from public;

select audit.guard_record_table('audit.audit_events');
select audit.guard_record_table('audit.audit_events_archive');
select audit.guard_record_table('audit.audit_events_quarantine');

create view audit.audit_events_all as
select
    id, created_at, recorded_at, occurred_at, transaction_id, recorded_by, source, created_by_user_id, action_type, resource_type,
    resource_id, workspace_id, old_values, new_values, changed_fields, request_id, tags, metadata, subject_id, origin_sha256,
    values_sha256, 'hot'::text as tier
from audit.audit_events
union all
select
    id, created_at, recorded_at, occurred_at, transaction_id, recorded_by, source, created_by_user_id, action_type, resource_type,
    resource_id, workspace_id, old_values, new_values, changed_fields, request_id, tags, metadata, subject_id, origin_sha256,
    values_sha256, 'warm'::text as tier
from audit.audit_events_archive;
comment on view audit.audit_events_all is 'Records that are in the database, hot and warm.';

create table audit.audit_workspace_reader (
    login        name not null,
    workspace_id uuid not null,
    primary key (login, workspace_id)
);
comment on table audit.audit_workspace_reader is 'Which login reads the records of which workspace; members of record_reader read all.';
comment on column audit.audit_workspace_reader.login is 'session_user.';
comment on column audit.audit_workspace_reader.workspace_id is 'The workspace.';

create policy readers on audit.audit_events for select to record_reader using (true);
create policy readers on audit.audit_events_archive for select to record_reader using (true);
create policy keepers on audit.audit_events for select to record_keeper using (true);
create policy keepers on audit.audit_events_archive for select to record_keeper using (true);
create policy keepers on audit.audit_events_quarantine for select to record_keeper using (true);
grant select on audit.audit_events, audit.audit_events_archive, audit.audit_events_all to record_reader, record_keeper;
grant select on audit.audit_events_quarantine to record_keeper;
