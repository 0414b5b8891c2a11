-- title: Who may act in a workspace, and records of workspaces themselves
-- why: a record of somebody who has no business there is a mistake or an attack; the tables that say so are the application's

set local role record_owner;

create view audit.audit_known_workspace as select null::uuid as workspace_id, null::uuid as owner_id where false;
comment on view audit.audit_known_workspace is 'Workspaces of the application; audit.connect_workspaces replaces it.';
create view audit.audit_known_actor as select null::uuid as actor_id, null::text as kind where false;
comment on view audit.audit_known_actor is 'Users and service accounts of the application; audit.connect_workspaces replaces it.';
create view audit.audit_known_member as select null::uuid as workspace_id, null::uuid as user_id where false;
comment on view audit.audit_known_member is 'Members of workspaces; audit.connect_workspaces replaces it.';

create function audit.validate_audit_workspace_membership() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    stranger record;
begin
    select event.created_by_user_id as actor, event.workspace_id as workspace into stranger
    from new_rows as event
    left join audit.audit_known_workspace as workspace on workspace.workspace_id = event.workspace_id
    -- what triggers and the record itself write has no user of the application behind it
    where event.source = 'application' and (
        exists (select from audit.audit_known_actor as actor where actor.actor_id = event.created_by_user_id and actor.kind = 'service')
            and (workspace.workspace_id is not null or event.action_type = 'CREATE_WORKSPACE')
        -- its creation is recorded before anybody is a member, its owner least of all
        or workspace.owner_id = event.created_by_user_id
        or exists (
            select from audit.audit_known_member as member
            where member.workspace_id = event.workspace_id and member.user_id = event.created_by_user_id
        )
        -- who leaves is no member any more when that is recorded
        or event.action_type = 'REMOVE_WORKSPACE_MEMBER' and event.resource_id = event.created_by_user_id and workspace.workspace_id is not null
        -- nor has a workspace members when its end is recorded
        or event.action_type = 'DELETE_WORKSPACE' and event.resource_id = event.workspace_id and workspace.workspace_id is null
            and exists (select from audit.audit_known_actor as actor where actor.actor_id = event.created_by_user_id)
    ) is not true
    limit 1;
    if found then
        raise exception '% may not act in workspace %', stranger.actor, stranger.workspace
            using errcode = '23514', constraint = 'check_audit_workspace_membership', schema = 'audit', table = 'audit_events',
                  hint = 'The actor is to be a member, the owner, or a service account.';
    end if;
    return null;
end;
$$;
comment on function audit.validate_audit_workspace_membership() is 'Trigger: refuses a record of the application whose actor has no business in its workspace.';

create function audit.bind_workspaces(workspaces regclass, users regclass, service_accounts regclass, members regclass) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
    execute format('create or replace view audit.audit_known_workspace as select id as workspace_id, owner_id from %s', workspaces);
    execute format(
        'create or replace view audit.audit_known_actor as select id as actor_id, ''user''::text as kind from %s%s', users,
        case when service_accounts is not null then format(' union all select id, ''service''::text from %s', service_accounts) else '' end
    );
    execute format('create or replace view audit.audit_known_member as select workspace_id, user_id from %s', members);
    create or replace trigger check_audit_workspace_membership after insert on audit.audit_events
        referencing new table as new_rows for each statement execute function audit.validate_audit_workspace_membership();
    alter table audit.audit_events enable always trigger check_audit_workspace_membership;
    perform audit.system_record('CONNECT_WORKSPACES', jsonb_build_object('workspaces', workspaces::text, 'users', users::text, 'members', members::text));
end;
$$;
comment on function audit.bind_workspaces(regclass, regclass, regclass, regclass) is 'Replaces the three views, and checks membership from now on.';
revoke all on function audit.bind_workspaces(regclass, regclass, regclass, regclass) from public;
grant execute on function audit.bind_workspaces(regclass, regclass, regclass, regclass) to record_keeper;

create function audit.record_workspace_change() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    was     constant jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    is_now  constant jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    changed constant text[] := audit.changed_fields(was, is_now);
    row_now constant jsonb := coalesce(is_now, was);
    record  audit.audit_events;
begin
    if tg_op = 'UPDATE' and changed is null then
        return null;
    end if;
    record.source := 'trigger';
    record.created_by_user_id := audit.current_actor();
    record.changed_fields := changed;
    if tg_argv[0] = 'workspace' then
        record.resource_type := 'workspace';
        record.workspace_id := (row_now ->> 'id')::uuid;
        record.resource_id := record.workspace_id;
        if tg_op = 'INSERT' and nullif(current_setting('app.current_user_id', true), '') is null then
            record.created_by_user_id := coalesce((row_now ->> 'owner_id')::uuid, record.created_by_user_id);
        end if;
        record.action_type := case
            when tg_op = 'INSERT' then 'CREATE_WORKSPACE'
            when tg_op = 'DELETE' then 'DELETE_WORKSPACE'
            when changed = '{settings}' then 'UPDATE_WORKSPACE_SETTINGS'
            else 'UPDATE_WORKSPACE'
        end;
        record.tags := case record.action_type when 'DELETE_WORKSPACE' then '{destructive,requires-approval}'::text[] when 'UPDATE_WORKSPACE_SETTINGS' then '{settings}' end;
        record.metadata := case
            when tg_op = 'UPDATE' then jsonb_build_object('changed_fields', changed, 'changes', (
                select jsonb_object_agg(field, jsonb_build_object('from', was -> field, 'to', is_now -> field)) from unnest(changed) as field))
            when tg_op = 'DELETE' then audit.only(was, '{name,plan,plan_id,owner_id}') || jsonb_build_object('members_at_deletion', (
                select count(*) from audit.audit_known_member as member where member.workspace_id = record.workspace_id))
            else audit.only(is_now, '{plan,plan_id,is_personal}')
        end;
    else
        record.resource_type := 'workspace_membership';
        record.workspace_id := (row_now ->> 'workspace_id')::uuid;
        record.resource_id := (row_now ->> 'user_id')::uuid;
        if tg_op = 'UPDATE' and not 'role' = any (changed) then
            return null;
        end if;
        record.action_type := case tg_op when 'INSERT' then 'ADD_WORKSPACE_MEMBER' when 'DELETE' then 'REMOVE_WORKSPACE_MEMBER' else 'CHANGE_WORKSPACE_MEMBER_ROLE' end;
        record.tags := case tg_op when 'UPDATE' then '{privilege-change}'::text[] when 'DELETE' then '{access-revoked}' end;
        record.metadata := case tg_op
            when 'INSERT' then audit.only(is_now, '{role}')
            when 'UPDATE' then jsonb_build_object('role_from', was -> 'role', 'role_to', is_now -> 'role')
            else jsonb_build_object(
                'role_at_removal', was -> 'role',
                'tenure_days', extract(day from now() - coalesce(was ->> 'joined_at', was ->> 'created_at')::timestamptz))
        end;
    end if;
    perform audit.store_record(record, '{}', '{}');
    -- a BEFORE trigger that returns null would call the deletion off
    return old;
end;
$$;
comment on function audit.record_workspace_change() is 'Trigger: records workspaces and their members in the words of the application. Its argument is workspace or member.';
-- a trigger function can only be called by a trigger
grant execute on function audit.record_workspace_change() to public;

create function audit.connect_workspaces(workspaces regclass, users regclass, service_accounts regclass, members regclass) returns void
language plpgsql
set search_path = ''
as $$
declare
    said record;
begin
    -- with the rights of the caller, who owns the tables
    execute format('grant select on %s, %s, %s to record_owner', workspaces, users, members);
    if service_accounts is not null then
        execute format('grant select on %s to record_owner', service_accounts);
    end if;
    for said in
        select distinct namespace.nspname
        from pg_class as relation
        join pg_namespace as namespace on namespace.oid = relation.relnamespace
        where relation.oid in (workspaces, users, service_accounts, members)
    loop
        if not has_schema_privilege('record_owner', said.nspname, 'usage') then
            execute format('grant usage on schema %I to record_owner', said.nspname);
        end if;
    end loop;
    perform audit.bind_workspaces(workspaces, users, service_accounts, members);
    execute format('create or replace trigger record_workspace_added after insert or update on %s for each row execute function audit.record_workspace_change(''workspace'')', workspaces);
    -- before: its members are still to be counted
    execute format('create or replace trigger record_workspace_removed before delete on %s for each row execute function audit.record_workspace_change(''workspace'')', workspaces);
    execute format('create or replace trigger record_member_changed after insert or update or delete on %s for each row execute function audit.record_workspace_change(''member'')', members);
    execute format('alter table %s enable always trigger record_workspace_added, enable always trigger record_workspace_removed', workspaces);
    execute format('alter table %s enable always trigger record_member_changed', members);
end;
$$;
comment on function audit.connect_workspaces(regclass, regclass, regclass, regclass) is
    'Connects the application''s tables: workspaces (id, owner_id), users (id), service accounts (id) and members (workspace_id, user_id, role).';
revoke all on function audit.connect_workspaces(regclass, regclass, regclass, regclass) from public;
grant execute on function audit.connect_workspaces(regclass, regclass, regclass, regclass) to record_keeper;
