-- title: Tables that only grow
-- why: an audit table that can be edited or emptied proves nothing

create function audit.refuse_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    raise exception '%.% is append-only: % is refused', tg_table_schema, tg_table_name, lower(tg_op)
        using errcode = 'DD001',
              hint = 'Add a correcting row instead.';
end;
$$;
comment on function audit.refuse_change() is 'Trigger: refuses UPDATE, DELETE and TRUNCATE, for owners and superusers too.';
alter function audit.refuse_change() owner to audit_owner;

create function audit.make_append_only(target regclass) returns void
language plpgsql
set search_path = ''
as $$
begin
    execute format('create trigger drydock_append_only before update or delete on %s for each row execute function audit.refuse_change()', target);
    execute format('create trigger drydock_no_truncate before truncate on %s for each statement execute function audit.refuse_change()', target);
    -- always: session_replication_role = replica does not switch them off
    execute format('alter table %s enable always trigger drydock_append_only, enable always trigger drydock_no_truncate', target);
end;
$$;
comment on function audit.make_append_only(regclass) is 'Guards a table, or one partition of it, against everything but INSERT.';
alter function audit.make_append_only(regclass) owner to audit_owner;
