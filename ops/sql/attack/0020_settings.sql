-- title: Settings that watch over a session
-- why: what a session can reset is advice; what holds is enforced from outside

-- drydock: statement-timeout
-- tries: let a statement run for ever
-- harmless: the keeper ends sessions that run over their budget, from outside
set statement_timeout = 0;

-- drydock: idle-timeout
-- tries: sit in a transaction for ever
-- harmless: the keeper ends sessions that run over their budget, from outside
set idle_in_transaction_session_timeout = 0;

-- drydock: row-security-off
-- tries: switch row-level security off
-- harmless: a query that would be filtered fails instead; it shows no row more
set row_security = off;

-- drydock: another-tenant
-- tries: name another user in a setting
-- harmless: no policy asks a setting; check/policies_spoofable sees to that
set app.user_id = 'somebody else';

-- drydock: not-logged
-- tries: keep its statements out of the server's log
set log_statement = 'none';

-- drydock: nothing-logged
-- tries: silence the server's log
set log_min_messages = 'panic';

-- drydock: no-triggers
-- tries: switch triggers off by pretending to be a replica
set session_replication_role = replica;

-- drydock: system-tables
-- tries: make system tables writable
-- refused-by: 42501, 55P02
set allow_system_table_mods = on;

-- drydock: load-library
-- tries: load a library into the server
load 'dblink';

-- drydock: alter-system
-- tries: change the server's configuration
-- alone: yes
alter system set log_statement = 'none';

-- drydock: settings-of-database
-- tries: change the settings of everybody in the database
alter database :database set row_security = off;

-- drydock: grant-parameter
-- tries: give itself a setting of superusers
grant set on parameter log_statement to :self;

-- drydock: reload
-- tries: reload the server's configuration
select pg_catalog.pg_reload_conf();

-- drydock: rotate-log
-- tries: rotate the server's log away
select pg_catalog.pg_rotate_logfile();

-- drydock: reset-statistics
-- tries: erase the statistics
select pg_catalog.pg_stat_reset();

-- drydock: data-directory
-- tries: learn where the server keeps its files
select pg_catalog.current_setting('data_directory');
