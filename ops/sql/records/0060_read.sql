-- title: Reading the trail of a workspace
-- why: whoever may read one workspace must not read another, and hot or archived is no question of the reader's

set local role record_owner;

create function audit.may_read_workspace(workspace uuid) returns boolean
language sql
stable
security definer
set search_path = ''
return pg_has_role(session_user, 'record_reader', 'usage')
    or exists (select from audit.audit_workspace_reader where login = session_user and workspace_id = workspace);
comment on function audit.may_read_workspace(uuid) is 'Whether the login may read the records of that workspace.';

create function audit.get_audit_trail(
    p_workspace_id  uuid,
    p_resource_type text default null,
    p_resource_id   uuid default null,
    p_days_back     integer default 30,
    p_limit         integer default 100
) returns table (
    id uuid, created_at timestamptz, occurred_at timestamptz, created_by_user_id uuid, action_type text, resource_type text,
    resource_id uuid, old_values jsonb, new_values jsonb, changed_fields text[], ip_address inet, user_agent text, tags text[],
    metadata jsonb, request_id uuid, tier text, personal text
)
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
    if not audit.may_read_workspace(p_workspace_id) then
        raise exception '% may not read the audit trail of workspace %', session_user, p_workspace_id
            using errcode = '42501', hint = 'Enter the login in audit.audit_workspace_reader, or make it a member of record_reader.';
    end if;
    return query
    with newest as (
        -- each tier by its own index, then the newest of both
        (
            select event.*, 'hot'::text as tier
            from audit.audit_events as event
            where event.workspace_id = p_workspace_id
                and event.created_at > now() - make_interval(days => p_days_back)
                and (p_resource_type is null or event.resource_type = p_resource_type)
                and (p_resource_id is null or event.resource_id = p_resource_id)
            order by event.created_at desc
            limit p_limit
        )
        union all
        (
            select
                event.id, event.created_at, event.recorded_at, event.occurred_at, event.transaction_id, event.recorded_by, event.source,
                event.created_by_user_id, event.action_type, event.resource_type, event.resource_id, event.workspace_id, event.old_values,
                event.new_values, event.changed_fields, event.request_id, event.tags, event.metadata, event.subject_id,
                event.origin_sha256, event.values_sha256, 'warm'::text as tier
            from audit.audit_events_archive as event
            where event.workspace_id = p_workspace_id
                and event.created_at > now() - make_interval(days => p_days_back)
                and (p_resource_type is null or event.resource_type = p_resource_type)
                and (p_resource_id is null or event.resource_id = p_resource_id)
            order by event.created_at desc
            limit p_limit
        )
        order by created_at desc
        limit p_limit
    )
    select
        newest.id, newest.created_at, newest.occurred_at, newest.created_by_user_id, newest.action_type::text, newest.resource_type::text,
        newest.resource_id,
        audit.joined(newest.old_values, content.personal -> 'old_values'),
        audit.joined(newest.new_values, content.personal -> 'new_values'),
        newest.changed_fields,
        (content.origin ->> 'ip_address')::inet,
        content.origin ->> 'user_agent',
        newest.tags,
        audit.joined(newest.metadata, content.personal -> 'metadata'),
        newest.request_id, newest.tier,
        case
            when newest.origin_sha256 is null and newest.values_sha256 is null then 'none'
            when content.origin is not null or content.personal is not null then 'clear'
            when exists (
                select from audit.audit_personal as sealed
                join drydock.audit_subject_key as key on key.id = sealed.key_id
                where sealed.record_id = newest.id and sealed.created_at = newest.created_at
            ) then 'encrypted'
            else 'erased'
        end
    from newest
    cross join lateral (
        select
            (select inbox.content from drydock.audit_personal_inbox as inbox where inbox.record_id = newest.id and inbox.part = 'origin') as origin,
            (select inbox.content from drydock.audit_personal_inbox as inbox where inbox.record_id = newest.id and inbox.part = 'values') as personal
    ) as content
    order by newest.created_at desc;
end;
$$;
revoke all on function audit.get_audit_trail(uuid, text, uuid, integer, integer) from public;
grant execute on function audit.get_audit_trail(uuid, text, uuid, integer, integer) to record_reader, record_trail;
comment on function audit.get_audit_trail(uuid, text, uuid, integer, integer) is
    'The newest records of a workspace, hot and archived, for whoever may read it. personal: none, clear (not encrypted yet), encrypted or erased.';

create function audit.joined(clear jsonb, personal jsonb) returns jsonb
language sql
immutable parallel safe
return case when personal is null then clear else coalesce(clear, '{}') || personal end;
comment on function audit.joined(jsonb, jsonb) is 'The fields of both.';

create index audit_personal_inbox_by_record on drydock.audit_personal_inbox (record_id, part);
