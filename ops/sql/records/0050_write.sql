-- title: Writing a record
-- why: the writer says what happened; the server says when and who, and keeps personal data apart

set local role record_owner;

create function audit.changed_fields(old_values jsonb, new_values jsonb) returns text[]
language sql
immutable parallel safe
return case when jsonb_typeof(old_values) = 'object' and jsonb_typeof(new_values) = 'object' then (
    select array_agg(key order by key)
    from (
        select coalesce(was.key, is_now.key) as key
        from jsonb_each(old_values) as was
        full join jsonb_each(new_values) as is_now on is_now.key = was.key
        where was.value is distinct from is_now.value
    ) as changed
) end;
comment on function audit.changed_fields(jsonb, jsonb) is 'Names of the fields that differ between two objects, added and removed ones included; null when none does.';

create function audit.clear_part(given jsonb, clear text[]) returns jsonb
language sql
immutable parallel safe
return case
    -- what is no object, or empty, is left for the table's check to refuse
    when given is null or clear = '{*}' or jsonb_typeof(given) <> 'object' or given = '{}' then given
    else (select jsonb_object_agg(key, value) from jsonb_each(given) where key = any (clear))
end;
comment on function audit.clear_part(jsonb, text[]) is 'The fields that are not personal; {*} means all.';

create function audit.personal_part(given jsonb, clear text[]) returns jsonb
language sql
immutable parallel safe
return case when clear <> '{*}' and jsonb_typeof(given) = 'object' then nullif(given - clear, '{}') end;
comment on function audit.personal_part(jsonb, text[]) is 'The fields that are personal: all that are not declared otherwise.';

create function audit.new_salt() returns bytea
language sql
volatile parallel safe
return uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
comment on function audit.new_salt() is '32 bytes, 244 of their bits random.';

create function audit.member_of(name text, value jsonb) returns jsonb
language sql
immutable parallel safe
return case when value is null then '{}'::jsonb else jsonb_build_object(name, value) end;
comment on function audit.member_of(text, jsonb) is 'An object with that one member, or with none.';

create function audit.store_record(record audit.audit_events, origin jsonb, personal jsonb) returns uuid
language plpgsql
set search_path = ''
as $$
declare
    moment constant timestamptz := clock_timestamp();
    salt   bytea;
begin
    record.id := gen_random_uuid();
    record.created_at := moment;
    record.recorded_at := moment;
    record.transaction_id := pg_current_xact_id();
    record.recorded_by := session_user;
    if origin <> '{}' then
        salt := audit.new_salt();
        record.origin_sha256 := audit.commitment(salt, origin);
        insert into drydock.audit_personal_inbox (record_id, part, created_at, workspace_id, subject_id, salt, content)
        values (record.id, 'origin', moment, record.workspace_id, record.created_by_user_id, salt, origin);
    end if;
    if personal <> '{}' then
        salt := audit.new_salt();
        record.values_sha256 := audit.commitment(salt, personal);
        insert into drydock.audit_personal_inbox (record_id, part, created_at, workspace_id, subject_id, salt, content)
        values (record.id, 'values', moment, record.workspace_id, coalesce(record.subject_id, record.created_by_user_id), salt, personal);
    end if;
    if audit.has_partition_for(moment) then
        insert into audit.audit_events values (record.*);
    else
        insert into audit.audit_events_quarantine values (record.*);
    end if;
    return record.id;
end;
$$;
comment on function audit.store_record(audit.audit_events, jsonb, jsonb) is 'Stores a record with what the server says of it, and its personal data in the inbox; returns its id.';
revoke all on function audit.store_record(audit.audit_events, jsonb, jsonb) from public;

create function audit.insert_audit_event(
    p_action_type        text,
    p_resource_type      text,
    p_resource_id        uuid,
    p_workspace_id       uuid,
    p_created_by_user_id uuid,
    p_old_values         jsonb default null,
    p_new_values         jsonb default null,
    p_ip_address         inet default null,
    p_user_agent         text default null,
    p_tags               text[] default null,
    p_metadata           jsonb default null,
    p_request_id         uuid default null,
    p_occurred_at        timestamptz default null,
    p_subject_id         uuid default null,
    p_clear              text[] default '{}'
) returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
    record audit.audit_events;
begin
    record.source := 'application';
    record.action_type := p_action_type;
    record.resource_type := p_resource_type;
    record.resource_id := p_resource_id;
    record.workspace_id := p_workspace_id;
    record.created_by_user_id := p_created_by_user_id;
    record.old_values := audit.clear_part(p_old_values, p_clear);
    record.new_values := audit.clear_part(p_new_values, p_clear);
    record.changed_fields := audit.changed_fields(p_old_values, p_new_values);
    record.metadata := audit.clear_part(p_metadata, p_clear);
    record.tags := p_tags;
    record.request_id := p_request_id;
    record.occurred_at := p_occurred_at;
    record.subject_id := p_subject_id;
    return audit.store_record(
        record,
        audit.member_of('ip_address', to_jsonb(host(p_ip_address))) || audit.member_of('user_agent', to_jsonb(p_user_agent)),
        audit.member_of('old_values', audit.personal_part(p_old_values, p_clear))
            || audit.member_of('new_values', audit.personal_part(p_new_values, p_clear))
            || audit.member_of('metadata', audit.personal_part(p_metadata, p_clear))
    );
end;
$$;
comment on function audit.insert_audit_event(text, text, uuid, uuid, uuid, jsonb, jsonb, inet, text, text[], jsonb, uuid, timestamptz, uuid, text[]) is
    'Writes a record and returns its id. Values and metadata are personal data of p_subject_id (else of the actor) but for the fields that p_clear names; {*} clears all.';
revoke all on function audit.insert_audit_event(text, text, uuid, uuid, uuid, jsonb, jsonb, inet, text, text[], jsonb, uuid, timestamptz, uuid, text[]) from public;
grant execute on function audit.insert_audit_event(text, text, uuid, uuid, uuid, jsonb, jsonb, inet, text, text[], jsonb, uuid, timestamptz, uuid, text[])
    to record_writer;

create function audit.system_record(action text, about jsonb) returns uuid
language plpgsql
set search_path = ''
as $$
declare
    record audit.audit_events;
begin
    record.source := 'system';
    record.action_type := action;
    record.resource_type := 'audit_record';
    record.resource_id := '00000000-0000-0000-0000-000000000000';
    record.workspace_id := coalesce(about ->> 'workspace_id', '00000000-0000-0000-0000-000000000000')::uuid;
    record.created_by_user_id := audit.role_actor();
    record.metadata := about;
    record.tags := '{audit}';
    return audit.store_record(record, '{}', '{}');
end;
$$;
comment on function audit.system_record(text, jsonb) is 'Records what was done to the audit record itself.';
revoke all on function audit.system_record(text, jsonb) from public;

create function audit.role_actor() returns uuid
language sql
stable parallel safe
return md5('role:' || session_user)::uuid;
comment on function audit.role_actor() is 'The id under which a database login acts where no user is known.';

create function audit.current_actor() returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
    said constant text := nullif(current_setting('app.current_user_id', true), '');
begin
    -- what the application says is kept as who acted; recorded_by says which login said it
    if said ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then
        return said::uuid;
    end if;
    return audit.role_actor();
end;
$$;
comment on function audit.current_actor() is 'The user that the application named in app.current_user_id, else the login.';
