-- title: Erasing a person
-- why: the law may ask for what an audit forbids: the person's key goes, with two approvals, and the record stays

set local role record_owner;

create table audit.audit_erasure_request (
    id           uuid        not null default gen_random_uuid() primary key,
    requested_at timestamptz not null default clock_timestamp(),
    requested_by text        not null,
    login        text        not null default session_user,
    workspace_id uuid        not null,
    user_id      uuid        not null,
    authority    text        not null,
    ticket       text        not null,
    expires_at   timestamptz not null,
    constraint check_erasure_authority check (authority in ('GDPR', 'CCPA')),
    constraint check_erasure_ticket check (btrim(ticket) <> '')
);
comment on table audit.audit_erasure_request is 'Requests to erase a person in a workspace. Append-only.';
comment on column audit.audit_erasure_request.id is 'Identifies the request.';
comment on column audit.audit_erasure_request.requested_at is 'When.';
comment on column audit.audit_erasure_request.requested_by is 'Who asked.';
comment on column audit.audit_erasure_request.login is 'session_user.';
comment on column audit.audit_erasure_request.workspace_id is 'Where.';
comment on column audit.audit_erasure_request.user_id is 'Whom.';
comment on column audit.audit_erasure_request.authority is 'GDPR or CCPA.';
comment on column audit.audit_erasure_request.ticket is 'Where it was decided.';
comment on column audit.audit_erasure_request.expires_at is 'After this it can neither be approved nor executed.';

create table audit.audit_erasure_approval (
    request_id  uuid        not null,
    approved_by text        not null,
    approved_at timestamptz not null default clock_timestamp(),
    login       text        not null default session_user,
    primary key (request_id, approved_by)
);
comment on table audit.audit_erasure_approval is 'Approvals of erasure requests. Append-only.';
comment on column audit.audit_erasure_approval.request_id is 'The request.';
comment on column audit.audit_erasure_approval.approved_by is 'Who approved: neither who asked, nor anybody twice.';
comment on column audit.audit_erasure_approval.approved_at is 'When.';
comment on column audit.audit_erasure_approval.login is 'session_user.';

create table audit.audit_erasure (
    request_id      uuid        not null primary key,
    executed_at     timestamptz not null default clock_timestamp(),
    executed_by     text        not null default session_user,
    deletion_log_id bigint      not null,
    records         bigint      not null,
    cold_months     date[]      not null,
    key_ids         uuid[]      not null,
    backups_until   date        not null
);
comment on table audit.audit_erasure is 'Tombstones: erasures that were executed, and which keys are gone. Append-only.';
comment on column audit.audit_erasure.request_id is 'The request.';
comment on column audit.audit_erasure.executed_at is 'When.';
comment on column audit.audit_erasure.executed_by is 'session_user.';
comment on column audit.audit_erasure.deletion_log_id is 'Its entry in the deletion log.';
comment on column audit.audit_erasure.records is 'Records in the database that have lost personal data.';
comment on column audit.audit_erasure.cold_months is 'Months in files that may hold ciphers of the person, which nothing can open now.';
comment on column audit.audit_erasure.key_ids is 'Keys that were destroyed.';
comment on column audit.audit_erasure.backups_until is 'Until then a backup from before may still hold the key and the data.';

create table audit.audit_deletion_item (
    deletion_log_id bigint      not null,
    record_id       uuid        not null,
    created_at      timestamptz not null,
    primary key (deletion_log_id, record_id)
);
comment on table audit.audit_deletion_item is 'The records of an erasure. Append-only.';
comment on column audit.audit_deletion_item.deletion_log_id is 'The entry in the deletion log.';
comment on column audit.audit_deletion_item.record_id is 'The record.';
comment on column audit.audit_deletion_item.created_at is 'Its time.';

do $$
declare
    target text;
begin
    foreach target in array array['audit_erasure_request', 'audit_erasure_approval', 'audit_erasure', 'audit_deletion_item'] loop
        execute format('create trigger record_append_only before update or delete on audit.%I for each row execute function audit.refuse_record_change()', target);
        perform audit.guard_record_table(format('audit.%I', target)::regclass);
        execute format('create policy readers on audit.%I for select to record_reader, record_keeper, record_officer, record_desk using (true)', target);
        execute format('grant select on audit.%I to record_reader, record_keeper, record_officer, record_desk', target);
    end loop;
end;
$$;

create function audit.require_own_name(person text) returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    if person is distinct from session_user and not pg_has_role(session_user, 'record_desk', 'usage') then
        raise exception '% may not speak for %', session_user, person
            using errcode = '42501', hint = 'Log in as yourself; only a member of record_desk, which authenticates people, speaks for others.';
    end if;
    if btrim(coalesce(person, '')) = '' then
        raise exception 'nobody was named' using errcode = '22023';
    end if;
end;
$$;
comment on function audit.require_own_name(text) is 'Refuses a name that is not the login''s, but from a desk that authenticates people itself.';

create function audit.request_erasure(
    p_workspace uuid, p_user uuid, p_authority text, p_ticket text, p_by text default session_user, p_valid interval default '14 days'
) returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
    made uuid;
begin
    perform audit.require_own_name(p_by);
    if p_valid <= interval '0' or p_valid > interval '90 days' then
        raise exception 'a request is valid for 90 days at most' using errcode = '22023';
    end if;
    insert into audit.audit_erasure_request (requested_by, workspace_id, user_id, authority, ticket, expires_at)
    values (p_by, p_workspace, p_user, p_authority, p_ticket, clock_timestamp() + p_valid)
    returning id into made;
    return made;
end;
$$;
comment on function audit.request_erasure(uuid, uuid, text, text, text, interval) is 'Asks for the erasure of a person in a workspace; returns the id of the request.';

create function audit.approve_erasure(p_request uuid, p_by text default session_user) returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
    asked record;
begin
    perform audit.require_own_name(p_by);
    select * into asked from audit.audit_erasure_request where id = p_request;
    if asked is null then
        raise exception 'there is no erasure request %', p_request using errcode = 'DD004';
    elsif asked.expires_at < now() then
        raise exception 'the request % expired at %', p_request, asked.expires_at using errcode = 'DD004', hint = 'Request it again.';
    elsif asked.requested_by = p_by then
        raise exception '% requested it and cannot approve it', p_by using errcode = 'DD004', hint = 'Two other people are to approve.';
    elsif exists (select from audit.audit_erasure_approval where request_id = p_request and approved_by = p_by) then
        raise exception '% has approved it already', p_by using errcode = 'DD004', hint = 'A second person is to approve.';
    end if;
    insert into audit.audit_erasure_approval (request_id, approved_by) values (p_request, p_by);
    return (select count(*) from audit.audit_erasure_approval where request_id = p_request);
end;
$$;
comment on function audit.approve_erasure(uuid, text) is 'Approves a request; returns how many approvals it has.';

create function audit.execute_erasure(p_request uuid, p_backup_days integer default 35) returns bigint
language plpgsql
security definer
set search_path = ''
-- whoever writes personal data waits behind the lock of the inbox: it gives up, and is asked again
set lock_timeout = '40ms'
as $$
declare
    asked     record;
    approvals text[];
    keys      uuid[];
    log_id    bigint;
    affected  bigint;
begin
    select * into asked from audit.audit_erasure_request where id = p_request;
    approvals := array(select approved_by from audit.audit_erasure_approval where request_id = p_request order by approved_at);
    if asked is null then
        raise exception 'there is no erasure request %', p_request using errcode = 'DD004';
    elsif exists (select from audit.audit_erasure where request_id = p_request) then
        raise exception 'the request % was executed already', p_request using errcode = 'DD004';
    elsif asked.expires_at < now() then
        raise exception 'the request % expired at %', p_request, asked.expires_at using errcode = 'DD004', hint = 'Request it again.';
    elsif cardinality(approvals) < 2 then
        raise exception 'the request % lacks % of two approvals (has: %)', p_request, 2 - cardinality(approvals), coalesce(nullif(array_to_string(approvals, ', '), ''), 'none')
            using errcode = 'DD004', hint = 'Somebody else than ' || array_to_string(asked.requested_by || approvals, ' and ') || ' is to approve it.';
    elsif exists (
        select from audit.audit_retention_policies
        where workspace_id = asked.workspace_id and is_compliance_mode and compliance_expires_at > now()
    ) then
        raise exception 'workspace % is held: nothing in it may be erased', asked.workspace_id
            using errcode = 'DD004', hint = 'The owner of the hold in audit.audit_retention_policies is to end it first.';
    end if;

    -- in this order, as the sealer takes them: first the keys, then the inbox
    with destroyed as (
        delete from drydock.audit_subject_key where workspace_id = asked.workspace_id and subject_id = asked.user_id returning id
    )
    select coalesce(array_agg(id), '{}') into keys from destroyed;
    insert into audit.audit_deletion_log (deletion_reason, deletion_authority, approval_ticket_id, workspace_id, records, is_irrevocable, detail)
    select 'the key of a person was destroyed', asked.authority, asked.ticket, asked.workspace_id, count(distinct affected_record.record_id), true,
        jsonb_build_object('request', p_request, 'user', asked.user_id, 'requested_by', asked.requested_by, 'approved_by', approvals)
    from (
        select record_id from audit.audit_personal where key_id = any (keys)
        union all
        select record_id from drydock.audit_personal_inbox where workspace_id = asked.workspace_id and subject_id = asked.user_id
    ) as affected_record
    returning id, records into log_id, affected;
    insert into audit.audit_deletion_item (deletion_log_id, record_id, created_at)
    select distinct log_id, record_id, created_at from audit.audit_personal where key_id = any (keys)
    union
    select distinct log_id, record_id, created_at from drydock.audit_personal_inbox where workspace_id = asked.workspace_id and subject_id = asked.user_id;

    -- written anew rather than deleted from: no dead row keeps the data on the disk
    lock table drydock.audit_personal_inbox in access exclusive mode;
    create temporary table kept_personal on commit drop as
    select * from drydock.audit_personal_inbox where not (workspace_id = asked.workspace_id and subject_id = asked.user_id);
    truncate drydock.audit_personal_inbox;
    insert into drydock.audit_personal_inbox select * from pg_temp.kept_personal;

    insert into audit.audit_erasure (request_id, deletion_log_id, records, cold_months, key_ids, backups_until)
    values (p_request, log_id, affected,
        array(select month from audit.audit_cold_file where asked.workspace_id = any (workspaces) order by month), keys,
        (now() + make_interval(days => p_backup_days))::date);
    perform audit.system_record('DELETE_USER_AUDIT_EVENTS', jsonb_build_object(
        'workspace_id', asked.workspace_id, 'request', p_request, 'authority', asked.authority, 'ticket', asked.ticket,
        'event_count', affected, 'deletion_log_id', log_id, 'keys', keys
    ));
    return log_id;
end;
$$;
comment on function audit.execute_erasure(uuid, integer) is
    'Destroys the key of a person and what is in clear, when two others than the requester approved; returns the entry in the deletion log.';

create function audit.delete_user_audit_events_compliant(p_user_id uuid, p_workspace_id uuid, p_authority text, p_approval_ticket_id text)
returns table (deleted_count bigint, deletion_log_id bigint)
language plpgsql
security definer
set search_path = ''
as $$
declare
    asked uuid;
begin
    select request.id into asked
    from audit.audit_erasure_request as request
    left join audit.audit_erasure as done on done.request_id = request.id
    where request.user_id = p_user_id and request.workspace_id = p_workspace_id and request.authority = p_authority
        and request.ticket = p_approval_ticket_id and done.request_id is null and request.expires_at > now()
    order by request.requested_at desc
    limit 1;
    if asked is null then
        raise exception 'nobody requested the erasure of % in % under ticket %, or the request expired', p_user_id, p_workspace_id, p_approval_ticket_id
            using errcode = 'DD004', hint = 'Call audit.request_erasure first, and have two others approve it.';
    end if;
    deletion_log_id := audit.execute_erasure(asked);
    deleted_count := (select erasure.records from audit.audit_erasure as erasure where erasure.request_id = asked);
    return next;
end;
$$;
comment on function audit.delete_user_audit_events_compliant(uuid, uuid, text, text) is
    'Executes the approved request for this person, workspace, authority and ticket, or says which approval is missing.';

do $$
declare
    made regprocedure;
begin
    foreach made in array array[
        'audit.require_own_name(text)', 'audit.request_erasure(uuid, uuid, text, text, text, interval)', 'audit.approve_erasure(uuid, text)',
        'audit.execute_erasure(uuid, integer)', 'audit.delete_user_audit_events_compliant(uuid, uuid, text, text)'
    ]::regprocedure[] loop
        execute format('revoke all on function %s from public', made);
        execute format('grant execute on function %s to record_officer, record_desk', made);
    end loop;
end;
$$;
