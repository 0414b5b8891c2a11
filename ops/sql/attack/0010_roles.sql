-- title: Becoming somebody else, or more than one is
-- why: a lease is its profile and nothing more, until its end and no longer

-- drydock: become-owner
-- tries: act as the owner of a domain
set role :owner;

-- drydock: become-another-role
-- tries: act as another role of the contract
set role :other_role;

-- drydock: become-profile
-- tries: act as its profile, so that what it leaves behind is not its own
set role :profile;

-- drydock: become-connect-role
-- tries: act as the role that opens the database
set role :connect_role;

-- drydock: become-admin
-- tries: act as the administrator
set role :admin;

-- drydock: session-of-owner
-- tries: be taken for the owner of a domain
set session authorization :owner;

-- drydock: session-of-admin
-- tries: be taken for the administrator
set session authorization :admin;

-- drydock: join-owner
-- tries: become a member of the owner of a domain
grant :owner to :self;

-- drydock: join-admin
-- tries: become a member of the administrator
grant :admin to :self;

-- drydock: join-file-readers
-- tries: become a member of a role that reads the server's files
grant pg_read_server_files to :self;

-- drydock: join-signallers
-- tries: become a member of a role that ends other sessions
grant pg_signal_backend to :self;

-- drydock: lend-profile
-- tries: lend its profile to another role
grant :profile to :other_role;

-- drydock: make-role
-- tries: make a login that outlives it
create role drydock_escape login;

-- drydock: superuser
-- tries: become superuser
alter role :self superuser;

-- drydock: bypass-row-security
-- tries: become exempt from row-level security
alter role :self bypassrls;

-- drydock: create-roles
-- tries: become one who makes roles
alter role :self createrole;

-- drydock: create-databases
-- tries: become one who makes databases
alter role :self createdb;

-- drydock: replicate
-- tries: become one who replicates
alter role :self replication;

-- drydock: extend-itself
-- tries: move its own expiry
alter role :self valid until 'infinity';

-- drydock: more-connections
-- tries: lift its own connection limit
alter role :self connection limit -1;

-- drydock: rename-itself
-- tries: take another name
-- refused-by: 42501, 0A000
alter role :self rename to drydock_escape;

-- drydock: own-password
-- tries: change its own password
-- harmless: the end takes the login, whatever the password is; that is tried below
alter role :self password 'drydock escape';

-- drydock: own-settings
-- tries: keep a setting for its next sessions
-- harmless: it could set it in every session, and it goes with the role
alter role :self set work_mem = '64MB';

-- drydock: forget-own-settings
-- tries: forget the settings that it was given
-- harmless: what watches over it stays: the server keeps settings of superusers, and the keeper polices from outside
alter role :self reset all;

-- drydock: own-log-setting
-- tries: keep its next sessions out of the server's log
alter role :self set log_statement = 'none';

-- drydock: own-role-setting
-- tries: begin its next sessions as the owner of a domain
-- harmless: the login looks again whether it may, and goes on without
alter role :self set role = :owner;

-- drydock: linger-by-setting
-- tries: have its next logins linger for half an hour
-- refused-by: 42501, 55P02
alter role :self set post_auth_delay = 2000;

-- drydock: settings-of-profile
-- tries: change the settings of its profile
alter role :profile set work_mem = '64MB';

-- drydock: password-of-profile
-- tries: make its profile a login
alter role :profile login password 'drydock escape';

-- drydock: settings-of-everybody
-- tries: change the settings of every login
alter role all set work_mem = '64MB';

-- drydock: settings-of-owner
-- tries: change the settings of the owner of a domain
alter role :owner set search_path = public;

-- drydock: own-default-privileges
-- tries: give away what it will make
alter default privileges grant all on tables to public;

-- drydock: default-privileges-of-profile
-- tries: give away what its profile will make
alter default privileges for role :profile grant all on tables to public;

-- drydock: default-privileges-of-owner
-- tries: be given what the owner of a domain will make
alter default privileges for role :owner grant all on tables to :self;

-- drydock: drop-rights-of-profile
-- tries: take the rights of its profile from everybody who has it
do $do$
declare
    before constant text := (
        select string_agg(relation.relacl::text, ' ' order by relation.oid) from pg_catalog.pg_class as relation
    );
begin
    drop owned by :profile;
    -- what it may not revoke is passed over with a warning
    if before = (select string_agg(relation.relacl::text, ' ' order by relation.oid) from pg_catalog.pg_class as relation) then
        raise insufficient_privilege using message = 'no privileges were revoked';
    end if;
end;
$do$;

-- drydock: take-over
-- tries: take over what the owner of a domain owns
reassign owned by :owner to :self;

-- drydock: drop-profile
-- tries: drop the profile under everybody
-- refused-by: 42501, 2BP01
drop role :profile;
