-- title: Row-level security by default
-- why: no table of a domain is ever without it, however it came; switching it off is refused

create function drydock.is_secured(target oid) returns boolean
language sql
stable
set search_path = ''
as $$
    select relation.relrowsecurity and relation.relforcerowsecurity
    from pg_catalog.pg_class as relation
    where relation.oid = target;
$$;
comment on function drydock.is_secured(oid) is 'Whether row-level security is enabled and forced on a table.';

create function drydock.is_logged(target oid) returns boolean
language sql
stable
set search_path = ''
as $$
    select exists (
        select
        from pg_catalog.pg_trigger as trigger
        where trigger.tgrelid = target and trigger.tgname = 'drydock_log_insert'
    );
$$;
comment on function drydock.is_logged(oid) is 'Whether a table has its change_log triggers, which every table gets when it is first seen.';

create function drydock.secure_table(target regclass) returns void
language plpgsql
set search_path = ''
as $$
begin
    -- both statements fire the event trigger again; what is done already is left alone, which ends the recursion
    if not drydock.is_secured(target) then
        execute format('alter table %s enable row level security, force row level security', target);
    end if;
    if not drydock.is_logged(target) then
        perform drydock.log_changes_of(target);
    end if;
end;
$$;
comment on function drydock.secure_table(regclass) is 'Enables and forces row-level security and attaches the change_log triggers.';

create function drydock.secure_or_refuse(target oid) returns void
language plpgsql
set search_path = ''
as $$
begin
    if drydock.is_secured(target) and drydock.is_logged(target) then
        return;
    end if;
    -- a table that already has its triggers was seen before: somebody is taking its protection away
    if drydock.is_logged(target) then
        raise exception 'row-level security of % stays enabled and forced', target::regclass
            using errcode = 'DD002',
                  hint = 'Let more rows through with a policy instead.';
    end if;
    perform drydock.secure_table(target::regclass);
end;
$$;
comment on function drydock.secure_or_refuse(oid) is 'Secures a table of a domain that is seen for the first time, and refuses one that lost its protection.';

create function drydock.on_ddl() returns event_trigger
language plpgsql
security definer -- secures tables of every owner
set search_path = ''
as $$
declare
    command record;
begin
    -- whoever has the rights of a role may set its defaults, and they stay when the one who did it is gone
    if tg_tag = 'ALTER DEFAULT PRIVILEGES' and drydock.lease_at_work() <> '' then
        raise exception 'default privileges are the operator''s'
            using errcode = 'insufficient_privilege',
                  hint = 'State in the contract who may do what.';
    end if;
    for command in
        select ddl.objid
        from pg_catalog.pg_event_trigger_ddl_commands() as ddl
        join drydock.domain as domain
            on domain.schema_name = ddl.schema_name
        join pg_catalog.pg_class as relation
            on relation.oid = ddl.objid and relation.relkind in ('r', 'p') -- table, partitioned table
        where ddl.classid = 'pg_catalog.pg_class'::regclass and not ddl.in_extension
    loop
        perform drydock.secure_or_refuse(command.objid);
    end loop;
end;
$$;
comment on function drydock.on_ddl() is 'Event trigger: secures every table that appears in a domain, refuses to unsecure one; refuses default privileges from whoever is not the operator.';

create function drydock.secure_tables() returns void
language plpgsql
set search_path = ''
as $$
declare
    target record;
begin
    if exists (select from pg_catalog.pg_event_trigger as trigger where trigger.evtname = 'drydock_rls_by_default') then
        return;
    end if;
    for target in
        select relation.oid
        from pg_catalog.pg_class as relation
        join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
        join drydock.domain as domain on domain.schema_name = namespace.nspname
        where relation.relkind in ('r', 'p') -- table, partitioned table
          and not (drydock.is_secured(relation.oid) and drydock.is_logged(relation.oid))
          and not exists (
              select
              from pg_catalog.pg_depend as member
              where member.classid = 'pg_catalog.pg_class'::regclass and member.objid = relation.oid
                and member.deptype = 'e' -- e: made by an extension
          )
    loop
        perform drydock.secure_or_refuse(target.oid);
    end loop;
end;
$$;
comment on function drydock.secure_tables() is 'Does after each migration what the event trigger does at once, on a server whose administrator may not make one.';
