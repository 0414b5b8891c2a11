-- title: Tool events of one workspace
-- why: whoever may see the calls of one workspace must not see another's, whatever the program in between asks for

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'tool_event_trail') then
        create role tool_event_trail nologin;
    end if;
end;
$$;
comment on role tool_event_trail is 'May read the calls of the workspaces that its logins are entered for.';
grant usage on schema audit, drydock to tool_event_trail;

create table audit.tool_event_workspace_reader (
    login        name not null,
    workspace_id text not null,
    primary key (login, workspace_id)
);
comment on table audit.tool_event_workspace_reader is 'Which login reads the calls of which workspace; members of tool_event_reader read all.';
comment on column audit.tool_event_workspace_reader.login is 'session_user.';
comment on column audit.tool_event_workspace_reader.workspace_id is 'The workspace.';
alter table audit.tool_event_workspace_reader owner to tool_event_owner;

create function audit.tool_event_workspaces() returns setof text
language sql
stable
security definer
set search_path = ''
begin atomic
    select workspace_id from audit.tool_event_workspace_reader where login = session_user;
end;
comment on function audit.tool_event_workspaces() is 'The workspaces that the login is entered for.';
alter function audit.tool_event_workspaces() owner to tool_event_owner;
revoke all on function audit.tool_event_workspaces() from public;
grant execute on function audit.tool_event_workspaces() to tool_event_trail;

-- its owner writes it in refresh_tool_event_hours, and is not held to the policies
alter table drydock.tool_event_hour enable row level security;
create policy every_workspace on drydock.tool_event_hour for select to tool_event_reader using (true);
create policy own_workspaces on drydock.tool_event_hour for select to tool_event_trail
    using (dimension = 'workspace' and key in (select audit.tool_event_workspaces()));
grant select on drydock.tool_event_hour to tool_event_trail;
grant execute on function drydock.refresh_tool_event_hours() to tool_event_trail;
