-- title: The server's files, programs, sessions and shared room
-- why: a way to the machine or to another session is a way around every grant

-- drydock: run-program
-- tries: run a program on the server
copy (select 1) to program 'true';

-- drydock: read-program
-- tries: read what a program prints
copy :table from program 'true';

-- drydock: write-file
-- tries: write a file on the server
copy (select 1) to '/tmp/drydock_escape';

-- drydock: read-file-into-table
-- tries: read a file of the server into a table
copy :table from '/etc/passwd';

-- drydock: read-file
-- tries: read a file of the server
select pg_catalog.pg_read_file('PG_VERSION');

-- drydock: read-binary-file
-- tries: read a file of the server byte by byte
select pg_catalog.pg_read_binary_file('PG_VERSION');

-- drydock: list-files
-- tries: list the server's files
select pg_catalog.pg_ls_dir('.');

-- drydock: import-file
-- tries: import a file as a large object
select pg_catalog.lo_import('/etc/passwd');

-- drydock: export-file
-- tries: write a large object to a file
select pg_catalog.lo_export(1, '/tmp/drydock_escape');

-- drydock: large-object
-- tries: keep data where no table is
-- harmless: it owns the object, which goes with the role
select pg_catalog.lo_create(0);

-- drydock: give-large-object-away
-- tries: leave data behind that is its profile's
do $do$
begin
    execute format('alter large object %s owner to :profile', pg_catalog.lo_create(0));
end;
$do$;

-- drydock: dblink
-- tries: log in elsewhere from inside the server
-- refused-by: 42501, 42883, 3F000
select dblink_connect('drydock_escape', 'host=localhost');

-- drydock: end-others
-- tries: end the administrator's session
select pg_catalog.pg_terminate_backend(:admin_pid);

-- drydock: cancel-others
-- tries: cancel what the administrator is doing
select pg_catalog.pg_cancel_backend(:admin_pid);

-- drydock: end-logins
-- tries: end the logins of others that are under way
select drydock.end_unseen_sessions(:admin_text);

-- drydock: log-memory
-- tries: fill the server's log from the administrator's session
select pg_catalog.pg_log_backend_memory_contexts(:admin_pid);

-- drydock: backup
-- tries: hold the server in a backup
select pg_catalog.pg_backup_start('drydock_escape');

-- drydock: write-wal
-- tries: write to the log that replicas read
-- harmless: it is a note to itself; nobody decodes it
select pg_catalog.pg_logical_emit_message(true, 'drydock', 'escape');

-- drydock: switch-wal
-- tries: switch the write-ahead log
select pg_catalog.pg_switch_wal();

-- drydock: checkpoint
-- tries: force a checkpoint
checkpoint;

-- drydock: restore-point
-- tries: write a restore point
select pg_catalog.pg_create_restore_point('drydock_escape');

-- drydock: prepared-transaction
-- tries: leave a transaction behind that outlives its session
-- refused-by: 55000
-- harmless: the end rolls it back
-- alone: yes
begin; select pg_catalog.pg_current_xact_id(); prepare transaction 'drydock_escape';

-- drydock: advisory-locks
-- tries: hoard advisory locks
-- harmless: no end of a lease waits for one, and they go with the session
select count(pg_catalog.pg_advisory_xact_lock(key)) from generate_series(1, 1000) as key;

-- drydock: listen
-- tries: listen to notifications
-- harmless: they carry no data; Drydock sends expiry warnings through them
listen drydock_lease;

-- drydock: notify
-- tries: send a false notification
-- harmless: nothing acts on one
notify drydock_lease, 'drydock escape';
