-- title: Who may do what with records
-- why: whoever writes must not read, whoever reads must not write, and nobody who logs in owns anything here

do $$
declare
    wanted text;
begin
    foreach wanted in array array['record_owner', 'record_writer', 'record_reader', 'record_trail', 'record_keeper', 'record_officer', 'record_desk'] loop
        -- roles belong to the cluster: another of its databases may have made them
        if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
            execute format('create role %I nologin', wanted);
        end if;
    end loop;
    -- the first is lent for the migration, which ends by giving it back; the second stays
    if not pg_has_role(current_user, 'record_owner', 'usage') then
        execute format('grant record_owner to %I', current_user);
    end if;
    if not pg_has_role(current_user, 'record_keeper', 'usage') then
        execute format('grant record_keeper to %I', current_user);
    end if;
end;
$$;
comment on role record_owner is 'Owns the audit record. Nobody logs in as it.';
comment on role record_writer is 'May add records through audit.insert_audit_event.';
comment on role record_reader is 'May read records of every workspace.';
comment on role record_trail is 'May read the trail of the workspaces that its logins are entered for.';
comment on role record_keeper is 'Seals, keeps partitions ahead, archives; cannot write a record of its own choosing.';
comment on role record_officer is 'Requests and approves erasures, in its own name.';
comment on role record_desk is 'A desk that authenticates people itself, and requests and approves in their names.';

create schema if not exists audit;
create schema if not exists drydock;
grant usage, create on schema audit, drydock to record_owner;
grant usage on schema audit to record_writer, record_reader, record_trail, record_keeper, record_officer, record_desk;
grant usage on schema drydock to record_keeper;
