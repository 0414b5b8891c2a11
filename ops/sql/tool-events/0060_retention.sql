-- title: Retention
-- why: policy is only policy when something enforces it; whole partitions go, side tables with them, and each removal is logged

create function audit.drop_tool_event_partitions(before date, dry_run boolean)
returns table (partition_name text, day date, events bigint, bytes bigint)
language plpgsql
security definer
set search_path = ''
set lock_timeout = '5s'
set timezone = 'UTC'
as $$
declare
    old record;
begin
    if before > (now() at time zone 'UTC')::date - 1 then
        raise exception 'retention may not reach into the last two days, but was asked for everything before %', before
            using errcode = 'DD002';
    end if;
    for old in
        select present.relation, present.partition_name, present.day
        from audit.tool_event_partition as present
        where present.day < before
        order by present.day
    loop
        execute format('select count(*) from audit.%I', old.partition_name) into events;
        partition_name := old.partition_name;
        day := old.day;
        bytes := pg_catalog.pg_total_relation_size(old.relation);
        if not dry_run then
            insert into audit.tool_event_retention (partition_name, day, events, bytes)
            values (partition_name, day, events, bytes);
            execute format('drop table audit.%I', partition_name);
        end if;
        return next;
    end loop;
    if not dry_run then
        perform pg_catalog.set_config('audit.retention', 'on', true);
        delete from audit.tool_event_ledger as entry where entry.minute < before;
        delete from drydock.tool_event_hour as rolled where rolled.hour < before;
        delete from drydock.tool_event_span as rolled where rolled.begins < before;
        delete from drydock.tool_event_changed_hour as mark where mark.hour < before;
        perform pg_catalog.set_config('audit.retention', '', true);
    end if;
end;
$$;
comment on function audit.drop_tool_event_partitions(date, boolean) is 'Removes the partitions of UTC days before the given one, and says which; a dry run only says.';
alter function audit.drop_tool_event_partitions(date, boolean) owner to tool_event_owner;
revoke all on function audit.drop_tool_event_partitions(date, boolean) from public;
grant execute on function audit.drop_tool_event_partitions(date, boolean) to tool_event_retention;
