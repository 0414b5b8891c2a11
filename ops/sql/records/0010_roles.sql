-- title: Who may do what with records
-- why: whoever writes must not read, whoever reads must not write, and nobody who logs in owns anything here

do $$
declare
    wanted record;
begin
    for wanted in
        select name, purpose
        from (values
            ('record_owner', 'Owns the audit record. Nobody logs in as it.'),
            ('record_writer', 'May add records through audit.insert_audit_event.'),
            ('record_reader', 'May read records of every workspace.'),
            ('record_trail', 'May read the trail of the workspaces that its logins are entered for.'),
            ('record_keeper', 'Seals, keeps partitions ahead, archives; cannot write a record of its own choosing.'),
            ('record_officer', 'Requests and approves erasures, in its own name.'),
            ('record_desk', 'A desk that authenticates people itself, and requests and approves in their names.')
        ) as role (name, purpose)
    loop
        -- roles belong to the cluster: another of its databases may have made them
        if not exists (select from pg_catalog.pg_roles where rolname = wanted.name) then
            execute format('create role %I nologin', wanted.name);
            execute format('comment on role %I is %L', wanted.name, wanted.purpose);
        end if;
    end loop;
    -- the first is lent for the migration, which ends by giving it back; the second stays
    if not pg_has_role(current_user, 'record_owner', 'usage') then
        execute format('grant record_owner to %I', current_user);
    end if;
    if not pg_has_role(current_user, 'record_keeper', 'usage') then
        execute format('grant record_keeper to %I', current_user);
    end if;
    -- who owns a schema can drop what is in it
    if to_regnamespace('audit') is null then
        execute format('grant create on database %I to record_owner', current_database());
        create schema audit authorization record_owner;
        execute format('revoke create on database %I from record_owner', current_database());
    else
        grant usage, create on schema audit to record_owner;
    end if;
end;
$$;

create schema if not exists drydock;
grant usage, create on schema drydock to record_owner;
grant usage on schema audit to record_writer, record_reader, record_trail, record_keeper, record_officer, record_desk;
grant usage on schema drydock to record_keeper;
