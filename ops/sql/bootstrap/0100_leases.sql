-- title: The leases in force
-- why: a lease is ended by what is written here, by whichever process comes to it; its history is in audit.lease_event

create table drydock.lease (
    role_name         text        primary key,
    role_oid          oid         not null unique,
    profile           text        not null,
    database_name     text        not null,
    lent_to           text        not null,
    minted_by         text        not null,
    minted_at         timestamptz not null,
    expires_at        timestamptz not null,
    latest_expiry     timestamptz not null,
    statement_limit   interval    not null,
    transaction_limit interval    not null,
    idle_limit        interval    not null,
    warned_at         timestamptz,
    ending_since      timestamptz,
    ended_by          text,
    end_reason        text,
    problem           text,
    constraint "a lease expires after it was minted" check (expires_at > minted_at),
    constraint "a lease is never longer than it may be" check (expires_at <= latest_expiry),
    constraint "what is ending has a reason" check ((ending_since is null) = (end_reason is null))
);
comment on table drydock.lease is 'Leases that are in force, or whose end is not finished. Never a secret.';
comment on column drydock.lease.role_name is 'The login role.';
comment on column drydock.lease.role_oid is 'Its id: its sessions are found by it, whatever it is renamed to, even when it is gone.';
comment on column drydock.lease.profile is 'The capability role that it is a member of.';
comment on column drydock.lease.database_name is 'The one database that it opens.';
comment on column drydock.lease.lent_to is 'Who it was handed to.';
comment on column drydock.lease.minted_by is 'Who handed it out.';
comment on column drydock.lease.minted_at is 'When it was minted.';
comment on column drydock.lease.expires_at is 'When it ends.';
comment on column drydock.lease.latest_expiry is 'The latest end that it can be extended to.';
comment on column drydock.lease.statement_limit is 'A session whose statement runs longer is ended.';
comment on column drydock.lease.transaction_limit is 'A session whose transaction is open for longer is ended.';
comment on column drydock.lease.idle_limit is 'A session that sits idle in a transaction for longer is ended.';
comment on column drydock.lease.warned_at is 'When its holder was told that the end is near.';
comment on column drydock.lease.ending_since is 'When its end began; from then on it cannot log in.';
comment on column drydock.lease.ended_by is 'Who ends it.';
comment on column drydock.lease.end_reason is 'Why it ends: expired, revoked …';
comment on column drydock.lease.problem is 'Why its end could not be finished yet; its role stays locked out meanwhile.';
alter table drydock.lease owner to audit_owner;

-- An advisory lock would do, but anybody who can log in can take one and keep it.
create table drydock.lease_reaper ();
comment on table drydock.lease_reaper is 'Locked by whoever is ending leases, so that two reapers do not end the same one. Holds no row.';
alter table drydock.lease_reaper owner to audit_owner;

-- A session shows in pg_stat_activity when its login is complete, and a client can put that off for half an hour with
-- post_auth_delay, when its password, its role and its rights have been looked at for the last time.
create function drydock.end_unseen_sessions(login name) returns setof integer
language plpgsql
set search_path = ''
as $$
declare
    unseen integer;
begin
    for unseen in
        select lock.pid
        from pg_catalog.pg_locks as lock
        where lock.locktype = 'virtualxid' -- every transaction has one, and a login is one
          and lock.granted
          and not exists (select from pg_catalog.pg_stat_get_activity(lock.pid))
    loop
        begin
            -- a role may end its own sessions only, which tells them from everybody else's logins
            perform pg_catalog.set_config('role', login, true);
            if pg_catalog.pg_terminate_backend(unseen) then
                return next unseen;
            end if;
        exception when insufficient_privilege then
            null; -- somebody else's
        end;
        perform pg_catalog.set_config('role', 'none', true);
    end loop;
end;
$$;
comment on function drydock.end_unseen_sessions(name) is 'Ends the sessions of a role whose login is under way. It returns their processes.';
alter function drydock.end_unseen_sessions(name) owner to audit_owner;

create function drydock.declare_database(name name) returns void
language sql
set search_path = ''
begin atomic
    insert into drydock.declared_role values (declare_database.name || '_connect') on conflict do nothing;
    insert into drydock.contract_right (role_name, kind, object_name, privilege)
    values (declare_database.name || '_connect', 'database', declare_database.name, 'CONNECT')
    on conflict do nothing;
end;
comment on function drydock.declare_database(name) is 'Writes into the contract who opens a database that is closed to everybody else already.';
alter function drydock.declare_database(name) owner to audit_owner;

create function drydock.open_database(name name) returns void
language plpgsql
set search_path = ''
as $$
declare
    connect_role constant name := name || '_connect';
begin
    if not exists (select from pg_catalog.pg_roles where rolname = connect_role) then
        execute format('create role %I nologin', connect_role);
    end if;
    execute format('revoke all on database %I from public', name);
    execute format('grant connect on database %I to %I', name, connect_role);
    perform drydock.declare_database(name);
end;
$$;
comment on function drydock.open_database(name) is 'Makes a database one that a lease can be minted for: closed to PUBLIC, CONNECT held by a role of its own.';
alter function drydock.open_database(name) owner to audit_owner;

create function drydock.forget_database(name name) returns void
language sql
set search_path = ''
begin atomic
    delete from drydock.contract_right where role_name = name || '_connect' and kind = 'database';
    delete from drydock.declared_role as declared where declared.name = forget_database.name || '_connect';
end;
comment on function drydock.forget_database(name) is 'Undoes declare_database, for a database that is dropped; its role is dropped by whoever drops it.';
alter function drydock.forget_database(name) owner to audit_owner;
