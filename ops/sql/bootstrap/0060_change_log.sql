-- title: Change logging, by statement
-- why: one INSERT ... SELECT per statement instead of one INSERT per row; TRUNCATE is seen too

create function audit.log_change() returns trigger
language plpgsql
security definer -- writes audit.change_log, which no domain role may touch
set search_path = ''
as $$
#variable_conflict use_variable -- the logged table may have columns of any name
declare
    target constant text := tg_table_schema || '.' || tg_table_name;
    -- inside SECURITY DEFINER current_user is the owner; the acting role stands in the setting
    acting constant text := case current_setting('role') when 'none' then session_user else current_setting('role') end;
begin
    -- changed.*: plain `changed` would be the column of that name, where there is one
    case tg_op
        when 'TRUNCATE' then
            insert into audit.change_log (table_name, operation, user_name, role_name)
            values (target, tg_op, session_user, acting);
        when 'DELETE' then
            insert into audit.change_log (table_name, operation, user_name, role_name, row_data)
            select target, tg_op, session_user, acting, to_jsonb(changed.*) from old_rows as changed;
        else
            insert into audit.change_log (table_name, operation, user_name, role_name, row_data)
            select target, tg_op, session_user, acting, to_jsonb(changed.*) from new_rows as changed;
    end case;
    return null;
end;
$$;
comment on function audit.log_change() is 'Trigger: writes the rows of one statement to audit.change_log.';
alter function audit.log_change() owner to audit_owner;

create function drydock.log_changes_of(target regclass) returns void
language plpgsql
set search_path = ''
as $$
begin
    -- or replace: an owner may have dropped some of them
    execute format('create or replace trigger drydock_log_insert after insert on %s referencing new table as new_rows for each statement execute function audit.log_change()', target);
    execute format('create or replace trigger drydock_log_update after update on %s referencing new table as new_rows for each statement execute function audit.log_change()', target);
    execute format('create or replace trigger drydock_log_delete after delete on %s referencing old table as old_rows for each statement execute function audit.log_change()', target);
    execute format('create or replace trigger drydock_log_truncate after truncate on %s for each statement execute function audit.log_change()', target);
    execute format(
        'alter table %s enable always trigger drydock_log_insert, enable always trigger drydock_log_update, '
        'enable always trigger drydock_log_delete, enable always trigger drydock_log_truncate', target
    );
end;
$$;
comment on function drydock.log_changes_of(regclass) is 'Attaches the four change_log triggers to a table.';
