-- title: The contract, as the database knows it
-- why: grants, the check of the grants and the probe matrix all read these two views, so they cannot disagree

create table drydock.domain (
    schema_name text primary key,
    owner       text   not null,
    service     text   not null,
    private     text[] not null default '{}'
);
comment on table drydock.domain is 'The domains: schemas with an owner, a service role and a boundary.';
comment on column drydock.domain.schema_name is 'The schema that is the domain.';
comment on column drydock.domain.owner is 'NOLOGIN role that owns every object of the domain; migrations run as it.';
comment on column drydock.domain.service is 'Role with the domain''s data rights; backfills run as it.';
comment on column drydock.domain.private is 'Tables that a right on the whole schema does not reach.';

create table drydock.contract_right (
    role_name   text not null,
    kind        text not null check (kind in ('database', 'schema', 'relation', 'column', 'function')),
    schema_name text,
    object_name text not null,
    column_name text,
    privilege   text not null,
    unique nulls not distinct (role_name, kind, schema_name, object_name, column_name, privilege)
);
comment on table drydock.contract_right is 'The contract of drydock.yaml, compiled: who may do what. What is not stated is refused.';
comment on column drydock.contract_right.role_name is 'Who.';
comment on column drydock.contract_right.kind is 'What kind of thing the right is on.';
comment on column drydock.contract_right.schema_name is 'Schema of the thing; null for a database.';
comment on column drydock.contract_right.object_name is 'Name of the thing; * is every relation of the schema that is not private.';
comment on column drydock.contract_right.column_name is 'Column, when the right is on one.';
comment on column drydock.contract_right.privilege is 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, USAGE, EXECUTE or CONNECT.';

create table drydock.declared_role (
    name text primary key
);
comment on table drydock.declared_role is 'The NOLOGIN roles of the contract and of Drydock itself.';
comment on column drydock.declared_role.name is 'The role.';

create table drydock.declared_extension (
    name text primary key
);
comment on table drydock.declared_extension is 'The extensions that the project says it needs.';
comment on column drydock.declared_extension.name is 'The extension.';

create table drydock.declared_linker (
    name text primary key
);
comment on table drydock.declared_linker is 'The roles that may write across the boundary, each through a function of its own.';
comment on column drydock.declared_linker.name is 'The role.';

create table drydock.other_database (
    name text primary key
);
comment on table drydock.other_database is 'Databases of the server that are the business of others: on production. A staging has its server to itself.';
comment on column drydock.other_database.name is 'The database.';

create table drydock.expected_object (
    kind        text not null check (kind in ('table', 'view', 'materialised view', 'function', 'type', 'sequence')),
    schema_name text not null,
    object_name text not null,
    file        text not null,
    primary key (kind, schema_name, object_name)
);
comment on table drydock.expected_object is 'What the migrations say they make, read from their text before they run.';
comment on column drydock.expected_object.kind is 'What kind of object.';
comment on column drydock.expected_object.schema_name is 'Its schema.';
comment on column drydock.expected_object.object_name is 'Its name.';
comment on column drydock.expected_object.file is 'The migration that makes it.';

alter table drydock.declared_role owner to audit_owner;
alter table drydock.declared_extension owner to audit_owner;
alter table drydock.declared_linker owner to audit_owner;
alter table drydock.other_database owner to audit_owner;
alter table drydock.expected_object owner to audit_owner;
alter table drydock.domain owner to audit_owner;
alter table drydock.contract_right owner to audit_owner;

create function drydock.lease_at_work() returns text
language sql
stable
set search_path = ''
as $$
    select case when pg_catalog.pg_has_role(session_user, 'audit_owner', 'member') then '' else session_user end;
$$;
comment on function drydock.lease_at_work() is 'The login that works on the staging; empty for the operator. What it notes is its own, and nobody else''s.';
alter function drydock.lease_at_work() owner to audit_owner;
