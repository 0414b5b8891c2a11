-- title: Becoming somebody else, or more than one is
-- why: a lease is its profile and nothing more, until its end and no longer

-- drydock: become-owner
-- tries: act as the owner of a domain
set role :owner;

-- drydock: become-another-role
-- tries: act as another role of the contract
set role :other_role;

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

-- drydock: settings-of-owner
-- tries: change the settings of the owner of a domain
alter role :owner set search_path = public;

-- drydock: own-default-privileges
-- tries: give away what it will make
-- harmless: it makes nothing, and the entry goes with the role
alter default privileges grant all on tables to public;

-- drydock: default-privileges-of-owner
-- tries: be given what the owner of a domain will make
alter default privileges for role :owner grant all on tables to :self;

-- drydock: take-over
-- tries: take over what the owner of a domain owns
reassign owned by :owner to :self;

-- drydock: drop-profile
-- tries: drop the profile under everybody
-- refused-by: 42501, 2BP01
drop role :profile;
