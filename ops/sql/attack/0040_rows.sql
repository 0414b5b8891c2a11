-- title: Reading and writing what the contract does not state
-- why: every verb on a table of every domain; what the contract states is allowed, the rest is not

-- drydock: insert
-- tries: insert
-- declared: INSERT
insert into :table (:column) overriding system value select null where false;

-- drydock: update
-- tries: update
-- declared: UPDATE
update :table set :column = default where false;

-- drydock: delete
-- tries: delete
-- declared: DELETE
delete from :table where false;

-- drydock: truncate
-- tries: empty a table past its policies
-- declared: TRUNCATE
truncate :table;

-- drydock: lock
-- tries: keep everybody out of a table
-- declared: UPDATE, DELETE, TRUNCATE
lock table :table in access exclusive mode nowait;

-- drydock: for-update
-- tries: keep everybody from changing rows
-- declared: UPDATE
select 1 from :table for update;

-- drydock: read-private
-- tries: read a private table
select 1 from :private_table;

-- drydock: read-change-log
-- tries: read everybody's rows in the change log
select row_data from audit.change_log limit 1;

-- drydock: write-change-log
-- tries: write to the change log
insert into audit.change_log (table_name, operation, user_name, role_name) values ('x', 'INSERT', 'x', 'x');

-- drydock: rewrite-its-life
-- tries: rewrite the log of leases
update audit.lease_event set by = 'somebody else';

-- drydock: empty-its-life
-- tries: empty the log of leases
truncate audit.lease_event;

-- drydock: read-leases
-- tries: read who else holds a lease
select role_name from drydock.lease;

-- drydock: extend-in-the-books
-- tries: move its expiry in the books
update drydock.lease set expires_at = 'infinity';

-- drydock: hold-up-the-reaper
-- tries: hold the lock of those who end leases
lock table drydock.lease_reaper;

-- drydock: rewrite-the-contract
-- tries: add to the contract
insert into drydock.contract_right (role_name, kind, object_name, privilege) values (:self_text, 'schema', 'audit', 'USAGE');

-- drydock: plant-a-link-rule
-- tries: let a linker run a statement of its own
insert into drydock.link_rule (rule, linker, target, link, statement, sha256)
values ('drydock_escape', 'x', 'pg_catalog.pg_class', 'x', 'select 1', 'x');

-- drydock: plant-a-check
-- tries: have a statement of its own run with the rights of the auditor
insert into drydock.known_check (path, statement, sha256) values ('drydock_escape', 'select 1', repeat('0', 64));

-- drydock: claim-a-backfill
-- tries: call the operator's backfills finished
update drydock.backfill_state set finished_at = now();

-- drydock: claim-a-linkage
-- tries: call everything linked
insert into audit.linkage_verification (run_id, link_column, total, linked) values ('x', 'x', 1, 1);

-- drydock: set-sequence
-- tries: set a sequence, so that the next insert of everybody fails
select pg_catalog.setval(:sequence, 1);

-- drydock: call-the-linker-anew
-- tries: make a linker of its own
select drydock.create_linker('pg_write_all_data', 'drydock', 'escape');

-- drydock: call-an-internal-function
-- tries: open a database through a function of Drydock
select drydock.open_database('postgres');

-- drydock: query-to-xml
-- tries: have a function of the server read for it
select pg_catalog.query_to_xml('select * from audit.change_log', true, true, '');

-- drydock: password-hashes
-- tries: read password hashes
select rolpassword from pg_catalog.pg_authid;

-- drydock: sampled-values
-- tries: read sampled values of every column
select stavalues1 from pg_catalog.pg_statistic;
