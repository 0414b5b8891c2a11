-- title: Making, changing and dropping things
-- why: structure belongs to migrations; what a lease made would stay behind or work for somebody else

-- drydock: make-table
-- tries: make a table
create table :schema.drydock_escape ();

-- drydock: make-function
-- tries: make a function
create function :schema.drydock_escape() returns integer language sql as 'select 1';

-- drydock: make-view
-- tries: make a view
create view :schema.drydock_escape as select 1 as one;

-- drydock: make-sequence
-- tries: make a sequence
create sequence :schema.drydock_escape;

-- drydock: make-type
-- tries: make a type
create type :schema.drydock_escape as (one integer);

-- drydock: make-operator
-- tries: make an operator that others would use unawares
create operator :schema.= (leftarg = text, rightarg = text, function = pg_catalog.texteq);

-- drydock: make-cast
-- tries: make a cast that others would use unawares
create cast (text as integer) with inout as implicit;

-- drydock: make-temporary-table
-- tries: make a temporary table
create temporary table drydock_escape ();

-- drydock: make-temporary-function
-- tries: make a function that lasts as long as its session
create function pg_temp.drydock_escape() returns integer language sql as 'select 1';

-- drydock: make-schema
-- tries: make a schema
create schema drydock_escape;

-- drydock: make-database
-- tries: make a database
-- alone: yes
create database drydock_escape;

-- drydock: copy-database
-- tries: make a copy of the database that is its own
-- alone: yes
create database drydock_escape template :database;

-- drydock: drop-database
-- tries: drop the database under everybody
-- refused-by: 42501, 55006
-- alone: yes
drop database :database;

-- drydock: make-tablespace
-- tries: make a folder of the server's its own
-- alone: yes
create tablespace drydock_escape location '/tmp';

-- drydock: make-extension
-- tries: install a way to other servers
-- refused-by: 42501, 0A000, 58P01
create extension dblink schema pg_catalog;

-- drydock: make-language
-- tries: install a language that runs programs
-- refused-by: 42501, 0A000, 58P01
create extension plpython3u schema pg_catalog;

-- drydock: make-foreign-server
-- tries: make a way to foreign data
create foreign data wrapper drydock_escape;

-- drydock: make-event-trigger
-- tries: run code at everybody's DDL
create event trigger drydock_escape on ddl_command_end execute function drydock.on_ddl();

-- drydock: drop-event-trigger
-- tries: remove row-level security by default
drop event trigger drydock_rls_by_default;

-- drydock: make-publication
-- tries: publish a table
create publication drydock_escape for table :table;

-- drydock: make-subscription
-- tries: make the server connect elsewhere
create subscription drydock_escape connection 'host=localhost' publication nothing with (connect = false);

-- drydock: replication-slot
-- tries: read everybody's changes
-- refused-by: 42501, 55000
select pg_catalog.pg_create_logical_replication_slot('drydock_escape', 'test_decoding');

-- drydock: add-column
-- tries: change a table
alter table :table add column drydock_escape integer;

-- drydock: own-table
-- tries: become the owner of a table
alter table :table owner to :self;

-- drydock: unsecure-table
-- tries: switch row-level security off
alter table :table disable row level security;

-- drydock: unforce-table
-- tries: exempt the owner from row-level security
alter table :table no force row level security;

-- drydock: make-policy
-- tries: let itself see every row
create policy drydock_escape on :table using (true);

-- drydock: make-trigger
-- tries: run code at everybody's writes
-- declared: TRIGGER
create trigger drydock_escape before insert on :table for each row
    execute function pg_catalog.suppress_redundant_updates_trigger();

-- drydock: silence-change-log
-- tries: switch the change log off
alter table :table disable trigger drydock_log_update;

-- drydock: make-rule
-- tries: rewrite everybody's queries
create rule drydock_escape as on insert to :table do instead nothing;

-- drydock: make-index
-- tries: index a table
create index drydock_escape on :table ((1));

-- drydock: comment
-- tries: comment on a table
comment on table :table is 'drydock escape';

-- drydock: replace-function
-- tries: replace a function of Drydock
alter function drydock.on_ddl() set search_path = pg_temp;

-- drydock: own-schema
-- tries: become the owner of a schema
alter schema :schema owner to :self;

-- drydock: drop-table
-- tries: drop a table
drop table :table;

-- drydock: drop-schema
-- tries: drop a schema with all that is in it
drop schema :schema cascade;

-- drydock: grant-table
-- tries: give a table to everybody
do $do$
begin
    grant select on :table to public;
    -- without the right to grant that is a warning, and nothing happens
    if not exists (
        select
        from pg_catalog.pg_class as relation
        cross join lateral pg_catalog.aclexplode(relation.relacl) as granted
        where relation.oid = $name$:table$name$::regclass and granted.grantee = 0
    ) then
        raise insufficient_privilege using message = 'no privileges were granted';
    end if;
end;
$do$;
