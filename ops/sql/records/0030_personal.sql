-- title: Personal data, kept apart under a key per person
-- why: a record may not change, a person's data must be erasable: the record holds a salted commitment, the data is a cipher whose key can be destroyed

set local role record_owner;

create table drydock.audit_personal_inbox (
    record_id    uuid        not null,
    part         text        not null check (part in ('origin', 'values')),
    created_at   timestamptz not null,
    workspace_id uuid        not null,
    subject_id   uuid        not null,
    salt         bytea       not null,
    content      jsonb       not null
);
comment on table drydock.audit_personal_inbox is 'Personal data as it came, until the sealer has put it under its person''s key: seconds.';
comment on column drydock.audit_personal_inbox.record_id is 'The record it belongs to.';
comment on column drydock.audit_personal_inbox.part is 'origin: IP address and user agent of the actor. values: old and new values and metadata of the subject.';
comment on column drydock.audit_personal_inbox.created_at is 'created_at of the record.';
comment on column drydock.audit_personal_inbox.workspace_id is 'Its workspace.';
comment on column drydock.audit_personal_inbox.subject_id is 'The person.';
comment on column drydock.audit_personal_inbox.salt is 'Makes the commitment useless to whoever guesses the content.';
comment on column drydock.audit_personal_inbox.content is 'The data.';

create table drydock.audit_subject_key (
    id           uuid        not null default gen_random_uuid() primary key,
    workspace_id uuid        not null,
    subject_id   uuid        not null,
    wrapped      bytea       not null,
    master       text        not null,
    created_at   timestamptz not null default clock_timestamp(),
    unique (workspace_id, subject_id)
);
comment on table drydock.audit_subject_key is 'Keys of persons, each encrypted under a master key that is not in the database. Erasing a person deletes the row.';
comment on column drydock.audit_subject_key.id is 'Named by what is encrypted with it.';
comment on column drydock.audit_subject_key.workspace_id is 'A person has a key per workspace.';
comment on column drydock.audit_subject_key.subject_id is 'The person.';
comment on column drydock.audit_subject_key.wrapped is 'The key, encrypted.';
comment on column drydock.audit_subject_key.master is 'Which master key.';
comment on column drydock.audit_subject_key.created_at is 'When it was made.';

create table audit.audit_personal (
    record_id  uuid        not null,
    part       text        not null,
    created_at timestamptz not null,
    key_id     uuid        not null,
    cipher     bytea       not null,
    primary key (record_id, part, created_at)
) partition by range (created_at);
comment on table audit.audit_personal is 'Personal data of records, encrypted. Append-only; a partition per month.';
comment on column audit.audit_personal.record_id is 'The record it belongs to.';
comment on column audit.audit_personal.part is 'origin or values.';
comment on column audit.audit_personal.created_at is 'created_at of the record.';
comment on column audit.audit_personal.key_id is 'Key it is encrypted with; without that key it is noise.';
comment on column audit.audit_personal.cipher is 'Nonce, ciphertext and tag of AES-256-GCM over salt and content, bound to record and part.';
create index audit_personal_by_key on audit.audit_personal (key_id);
create trigger record_append_only before update or delete on audit.audit_personal
    for each row execute function audit.refuse_record_change();
select audit.guard_record_table('audit.audit_personal');
create policy keepers on audit.audit_personal for select to record_keeper using (true);
grant select on audit.audit_personal, drydock.audit_personal_inbox, drydock.audit_subject_key to record_keeper;
grant insert on drydock.audit_subject_key to record_keeper;

create function audit.commitment(salt bytea, content jsonb) returns bytea
language sql
immutable strict parallel safe
return sha256(salt || convert_to(content::text, 'UTF8'));
comment on function audit.commitment(bytea, jsonb) is 'sha256 of salt and content: what a record says of data that it does not hold.';

create function audit.take_in_personal(sealed jsonb) returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
    taken integer;
begin
    -- the row of the inbox goes where its cipher comes; a person erased meanwhile has neither
    with usable as (
        -- locked, so that no key is destroyed between here and the commit; what has none stays in the inbox and gets a new one
        select key.id from drydock.audit_subject_key as key
        where key.id in (select given.key_id from jsonb_to_recordset(sealed) as given (key_id uuid))
        for share
    ), moved as (
        delete from drydock.audit_personal_inbox as inbox
        using jsonb_to_recordset(sealed) as given (record_id uuid, part text, key_id uuid, cipher text), usable
        where inbox.record_id = given.record_id and inbox.part = given.part and usable.id = given.key_id
        returning inbox.record_id, inbox.part, inbox.created_at, given.key_id, decode(given.cipher, 'base64') as cipher
    )
    insert into audit.audit_personal (record_id, part, created_at, key_id, cipher)
    select record_id, part, created_at, key_id, cipher from moved;
    get diagnostics taken = row_count;
    return taken;
end;
$$;
comment on function audit.take_in_personal(jsonb) is 'Puts ciphers in the place of what the inbox holds in clear; says how many.';
revoke all on function audit.take_in_personal(jsonb) from public;
grant execute on function audit.take_in_personal(jsonb) to record_keeper;
