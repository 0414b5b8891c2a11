-- title: Records of any table
-- why: one INSERT ... SELECT per statement instead of one per row; the function is made for its table, so that its plans are kept

set local role record_owner;

create table audit.audit_tracked_table (
    table_name       text        not null primary key,
    key_columns      text[]      not null,
    workspace_column text,
    subject_column   text,
    personal_columns text[]      not null,
    ignored_columns  text[]      not null,
    tracked_by       text        not null default session_user,
    tracked_at       timestamptz not null default clock_timestamp()
);
comment on table audit.audit_tracked_table is 'Tables whose changes are recorded, and how.';
comment on column audit.audit_tracked_table.table_name is 'schema.table, quoted where needed.';
comment on column audit.audit_tracked_table.key_columns is 'Its primary key.';
comment on column audit.audit_tracked_table.workspace_column is 'Column with the workspace; null when its rows belong to none.';
comment on column audit.audit_tracked_table.subject_column is 'Column with the person that the personal columns are about; null when that is the row itself.';
comment on column audit.audit_tracked_table.personal_columns is 'Columns whose values are kept under the person''s key.';
comment on column audit.audit_tracked_table.ignored_columns is 'Columns whose changes alone make no record, and whose values are left out.';
comment on column audit.audit_tracked_table.tracked_by is 'Who decided that.';
comment on column audit.audit_tracked_table.tracked_at is 'When.';
grant select on audit.audit_tracked_table to record_reader, record_keeper;

create function audit.row_id(table_name text, key jsonb) returns uuid
language sql
immutable parallel safe
return md5(table_name || ':' || key::text)::uuid;
comment on function audit.row_id(text, jsonb) is 'The id of a row whose primary key is not one uuid.';

create function audit.only(given jsonb, names text[]) returns jsonb
language sql
immutable parallel safe
return (select jsonb_object_agg(key, value) from jsonb_each(given) where key = any (names));
comment on function audit.only(jsonb, text[]) is 'The fields of these names; null when there is none.';

create function audit.tracked_changes(
    operation text, name text, keys text[], key_type text, workspace_column text, subject_column text, ignored text[]
) returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    nowhere constant text := quote_literal('00000000-0000-0000-0000-000000000000') || '::uuid';
    -- the row before is o, the row after is n; in an update both, and the one after goes first
    sides   constant text[] := case operation when 'INSERT' then '{n}' when 'DELETE' then '{o}' else '{n,o}' end;
    id_of   constant text := case
        -- what a row is called: its key where that is one uuid, else an id made of the key
        when cardinality(keys) = 1 and key_type = 'uuid' then format('%%1$s.%I', replace(keys[1], '%', '%%'))
        else format('audit.row_id(%L, jsonb_build_array(%s))', replace(name, '%', '%%'), (select string_agg(format('%%1$s.%I', replace(key, '%', '%%')), ', ') from unnest(keys) as key))
    end;
    whole   constant text := case when ignored = '{}' then 'to_jsonb(%1$s.*)' else format('(to_jsonb(%%1$s.*) - %L::text[])', replace(ignored::text, '%', '%%')) end;
begin
    return format(
        'select %s as workspace_id, %s as subject_id, %s as resource_id, %s as was, %s as is_now from %s',
        case when workspace_column is null then nowhere
            else format('coalesce(%s, %s)', (select string_agg(format('%s.%I', side, workspace_column), ', ') from unnest(sides) as side), nowhere) end,
        case when subject_column is null then 'null::uuid'
            else format('coalesce(%s)', (select string_agg(format('%s.%I', side, subject_column), ', ') from unnest(sides) as side)) end,
        case operation
            when 'UPDATE' then format('case when n.%I is null then %s else %s end', keys[1], format(id_of, 'o'), format(id_of, 'n'))
            else format(id_of, sides[1])
        end,
        case when operation = 'INSERT' then 'null::jsonb' else format(whole, 'o') end,
        case when operation = 'DELETE' then 'null::jsonb' else format(whole, 'n') end,
        case operation
            when 'INSERT' then 'new_rows as n'
            when 'DELETE' then 'old_rows as o'
            -- full: a row whose key changed matches nothing, and appears as what went and as what came
            else format(
                'old_rows as o full join new_rows as n on %s where %s is distinct from %s',
                (select string_agg(format('n.%1$I = o.%1$I', key), ' and ') from unnest(keys) as key), format(whole, 'o'), format(whole, 'n')
            )
        end
    );
end;
$$;
comment on function audit.tracked_changes(text, text, text[], text, text, text, text[]) is
    'The query over the transition tables of one kind of statement: workspace, subject, id, and the row before and after.';

create function audit.tracked_write(target text, changes text, name text, personal text[]) returns text
language sql
immutable
set search_path = ''
return case when personal = '{}' then format(
    $write$
        insert into audit.%I (created_at, recorded_at, source, created_by_user_id, action_type, resource_type, resource_id, workspace_id, old_values, new_values, changed_fields)
        select moment, moment, 'trigger', actor, tg_op, %L, change.resource_id, change.workspace_id, change.was, change.is_now,
            case tg_op when 'UPDATE' then audit.changed_fields(change.was, change.is_now) end
        from (%s) as change;
    $write$, target, name, changes)
else format(
    $write$
        with change as materialized (
            select made.*, gen_random_uuid() as id, audit.new_salt() as salt,
                audit.member_of('old_values', audit.only(made.was, %4$L)) || audit.member_of('new_values', audit.only(made.is_now, %4$L)) as personal
            from (%3$s) as made
        ), kept as (
            insert into drydock.audit_personal_inbox (record_id, part, created_at, workspace_id, subject_id, salt, content)
            select change.id, 'values', moment, change.workspace_id, coalesce(change.subject_id, change.resource_id), change.salt, change.personal
            from change
            where change.personal <> '{}'
        )
        insert into audit.%1$I (id, created_at, recorded_at, source, created_by_user_id, action_type, resource_type, resource_id, workspace_id, old_values, new_values,
            changed_fields, subject_id, values_sha256)
        select change.id, moment, moment, 'trigger', actor, tg_op, %2$L, change.resource_id, change.workspace_id,
            nullif(change.was - %4$L::text[], '{}'), nullif(change.is_now - %4$L::text[], '{}'), audit.changed_fields(change.was, change.is_now),
            coalesce(change.subject_id, change.resource_id), case when change.personal <> '{}' then audit.commitment(change.salt, change.personal) end
        from change;
    $write$, target, name, changes, personal)
end;
comment on function audit.tracked_write(text, text, text, text[]) is 'The statement that stores the changes as records, personal values in the inbox.';

create function audit.tracking_body(
    name text, keys text[], key_type text, workspace_column text, subject_column text, personal text[], ignored text[]
) returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    target    text;
    operation text;
    arms      text[] := '{}';
begin
    foreach target in array array['audit_events', 'audit_events_quarantine'] loop
        foreach operation in array array['INSERT', 'UPDATE', 'DELETE'] loop
            arms := arms || format('when %L then %s', operation, audit.tracked_write(
                target, audit.tracked_changes(operation, name, keys, key_type, workspace_column, subject_column, ignored), name, personal
            ));
        end loop;
    end loop;
    return format(
        $body$
        #variable_conflict use_column
        declare
            actor  constant uuid := audit.current_actor();
            moment constant timestamptz := clock_timestamp();
            record audit.audit_events;
        begin
            if format('%%I.%%I', tg_table_schema, tg_table_name) <> %1$L
                and not exists (
                    -- by the catalog: a name of a schema that the record's owner may not use could not be looked up
                    select from pg_partition_ancestors(tg_relid) as whole
                    join pg_class as relation on relation.oid = whole.relid
                    join pg_namespace as namespace on namespace.oid = relation.relnamespace
                    where format('%%I.%%I', namespace.nspname, relation.relname) = %1$L
                ) then
                raise exception 'this trigger is made for %%, not for %%.%%', %1$L, tg_table_schema, tg_table_name using errcode = 'DD003';
            elsif tg_op = 'TRUNCATE' then
                record.source := 'trigger';
                record.action_type := tg_op;
                record.resource_type := %1$L;
                record.resource_id := audit.row_id(%1$L, '[]');
                record.workspace_id := '00000000-0000-0000-0000-000000000000';
                record.created_by_user_id := actor;
                if format('%%I.%%I', tg_table_schema, tg_table_name) <> %1$L then
                    record.metadata := jsonb_build_object('partition', format('%%I.%%I', tg_table_schema, tg_table_name));
                end if;
                perform audit.store_record(record, '{}', '{}');
            elsif audit.has_partition_for(moment) then
                case tg_op %2$s %3$s %4$s end case;
            else
                case tg_op %5$s %6$s %7$s end case;
            end if;
            return null;
        end;
        $body$, name, arms[1], arms[2], arms[3], arms[4], arms[5], arms[6]
    );
end;
$$;
comment on function audit.tracking_body(text, text[], text, text, text, text[], text[]) is 'The source of the trigger function of a table.';

create function audit.make_tracking_function(
    target regclass, workspace_column text, subject_column text, personal text[], ignored text[]
) returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
    name     constant text := (select format('%I.%I', namespace.nspname, relation.relname) from pg_class as relation join pg_namespace as namespace on namespace.oid = relation.relnamespace where relation.oid = target);
    made     constant text := 'record_changes_of_' || left(md5(name), 12);
    keys     text[];
    key_type text;
    unknown  text;
    wanted   text;
    other    record;
    body     text;
begin
    if not exists (select from pg_class where oid = target and relkind in ('r', 'p')) then
        raise exception '% is no table', name using errcode = 'DD003', hint = 'Name the table behind it.';
    end if;
    select array_agg(attribute.attname::text order by position.n), min(attribute.atttypid::regtype::text)
    into keys, key_type
    from pg_index as key
    cross join lateral unnest(key.indkey) with ordinality as position (attnum, n)
    join pg_attribute as attribute on attribute.attrelid = key.indrelid and attribute.attnum = position.attnum
    where key.indrelid = target and key.indisprimary;
    if keys is null then
        raise exception '% has no primary key, so its rows cannot be told apart', name using errcode = 'DD003', hint = 'Give it a primary key.';
    end if;
    foreach wanted in array array_remove(personal || ignored || array[workspace_column, subject_column], null) loop
        if not exists (select from pg_attribute where attrelid = target and attname = wanted and attnum > 0 and not attisdropped) then
            unknown := wanted;
        end if;
    end loop;
    if unknown is not null then
        raise exception '% has no column %', name, unknown
            using errcode = 'DD003', hint = 'Write columns in the letters they were made with, without quotes.';
    end if;
    -- found out here: later it would refuse every write to the table
    select attribute.attname as column_name, attribute.atttypid::regtype as type into other
    from pg_attribute as attribute
    join pg_type as type on type.oid = attribute.atttypid
    where attribute.attrelid = target and attribute.attname in (workspace_column, subject_column)
        and 'uuid'::regtype not in (type.oid, type.typbasetype);
    if found then
        raise exception 'the column % of % holds %', other.column_name, name, other.type
            using errcode = 'DD003', hint = 'Workspaces and persons are known by a uuid: name a column of uuid, or none.';
    end if;
    if keys && personal and subject_column is null then
        raise exception 'the key of % is personal, so it cannot say whose data a row is', name
            using errcode = 'DD003', hint = 'Name the column with the person by --subject.';
    end if;

    body := audit.tracking_body(name, keys, key_type, workspace_column, subject_column, personal, ignored);
    execute format('create or replace function audit.%I() returns trigger language plpgsql security definer set search_path = '''' as %L', made, body);
    execute format('comment on function audit.%I() is %L', made, 'Trigger: records the changes of ' || name || '.');
    -- a trigger function can only be called by a trigger, and this one refuses other tables
    execute format('grant execute on function audit.%I() to public', made);
    insert into audit.audit_tracked_table (table_name, key_columns, workspace_column, subject_column, personal_columns, ignored_columns)
    values (name, keys, workspace_column, subject_column, personal, ignored)
    on conflict (table_name) do update set
        key_columns = excluded.key_columns, workspace_column = excluded.workspace_column, subject_column = excluded.subject_column,
        personal_columns = excluded.personal_columns, ignored_columns = excluded.ignored_columns,
        tracked_by = session_user, tracked_at = clock_timestamp();
    perform audit.system_record('TRACK_TABLE', jsonb_build_object(
        'table', name, 'personal', personal, 'ignored', ignored, 'workspace', workspace_column, 'subject', subject_column
    ));
    return made;
end;
$$;
comment on function audit.make_tracking_function(regclass, text, text, text[], text[]) is 'Makes the trigger function that records the changes of a table; says its name.';
revoke all on function audit.make_tracking_function(regclass, text, text, text[], text[]) from public;
grant execute on function audit.make_tracking_function(regclass, text, text, text[], text[]) to record_keeper;

create function audit.track(
    target regclass, workspace_column text, subject_column text, personal text[], ignored text[]
) returns text
language plpgsql
set search_path = ''
as $$
declare
    made constant text := audit.make_tracking_function(target, workspace_column, subject_column, personal, ignored);
    part regclass;
begin
    -- with the rights of the caller: only who may add a trigger to a table may have it recorded
    for part in
        -- a statement on a partition fires none of its parent's triggers
        select target union select relid from pg_partition_tree(target)
    loop
        execute format('create or replace trigger record_insert after insert on %s referencing new table as new_rows for each statement execute function audit.%I()', part, made);
        execute format('create or replace trigger record_update after update on %s referencing old table as old_rows new table as new_rows for each statement execute function audit.%I()', part, made);
        execute format('create or replace trigger record_delete after delete on %s referencing old table as old_rows for each statement execute function audit.%I()', part, made);
        execute format('create or replace trigger record_truncate after truncate on %s for each statement execute function audit.%I()', part, made);
        execute format('alter table %s enable always trigger record_insert, enable always trigger record_update, enable always trigger record_delete, enable always trigger record_truncate', part);
    end loop;
    return made;
end;
$$;
comment on function audit.track(regclass, text, text, text[], text[]) is
    'Records every change of a table from now on. Called by its owner; again after its key, its partitions or the personal columns changed.';
revoke all on function audit.track(regclass, text, text, text[], text[]) from public;
grant execute on function audit.track(regclass, text, text, text[], text[]) to record_keeper;
