-- title: Who may do what with tool events
-- why: the writer must not read, the reader must not write, and only retention may remove; none of them can log in

do $$
declare
    wanted text;
begin
    foreach wanted in array array['tool_event_owner', 'tool_event_writer', 'tool_event_reader', 'tool_event_retention'] loop
        -- roles belong to the cluster: another of its databases may have made them
        if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
            execute format('create role %I nologin', wanted);
        end if;
    end loop;
end;
$$;

create schema if not exists audit;
create schema if not exists drydock;
grant usage, create on schema audit, drydock to tool_event_owner;
grant usage on schema audit to tool_event_writer, tool_event_reader, tool_event_retention;
grant usage on schema drydock to tool_event_reader;
