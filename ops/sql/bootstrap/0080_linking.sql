-- title: Linking across the boundary, as a capability
-- why: nobody is granted UPDATE across domains; a linker fills declared link columns by declared rules, and nothing else

create table drydock.link_rule (
    rule      text primary key,
    linker    text not null,
    target    regclass not null,
    link      name not null,
    statement text not null,
    sha256    text not null
);
comment on table drydock.link_rule is 'The link rules of the project: SELECTs that propose a link per row.';
comment on column drydock.link_rule.rule is 'The file, relative to the project.';
comment on column drydock.link_rule.linker is 'The NOLOGIN role that runs it.';
comment on column drydock.link_rule.target is 'The table whose link column is filled.';
comment on column drydock.link_rule.link is 'The link column.';
comment on column drydock.link_rule.statement is 'SELECT of the primary key and `link`.';
comment on column drydock.link_rule.sha256 is 'Hash of the file.';
alter table drydock.link_rule owner to audit_owner;

create table drydock.link_share (
    percent integer not null check (percent between 0 and 100)
);
comment on table drydock.link_share is 'How many of the rows, chosen by their keys, the linkers may fill: a ramp raises it. No row means all.';
comment on column drydock.link_share.percent is 'Of a hundred; a row that is in at ten stays in at fifty.';
create unique index one_link_share on drydock.link_share ((true));
alter table drydock.link_share owner to audit_owner;

create function drydock.key_columns(target regclass) returns name[]
language sql
stable
set search_path = ''
as $$
    select array_agg(attribute.attname order by key.position)
    from pg_catalog.pg_index as index
    cross join lateral unnest(index.indkey) with ordinality as key (attnum, position)
    join pg_catalog.pg_attribute as attribute
        on attribute.attrelid = index.indrelid and attribute.attnum = key.attnum
    where index.indrelid = target
      and index.indisprimary
      and key.position <= index.indnkeyatts; -- what stands after them is included and no key
$$;
comment on function drydock.key_columns(regclass) is 'Columns of a table''s primary key, in key order; null without one.';

create function drydock.create_linker(linker name, function_schema name, function_name name) returns void
language plpgsql
set search_path = ''
as $create$
begin
    execute format(
        $template$
        create function %1$I.%2$I(rule text)
        returns table (examined bigint, proposed bigint, ambiguous bigint, linked bigint)
        language plpgsql
        security definer
        set search_path = ''
        set standard_conforming_strings = on
        as $body$
        declare
            declared drydock.link_rule;
            keys     text;
            matching text;
        begin
            select * into declared
            from drydock.link_rule as known
            where known.rule = %2$I.rule and known.linker = current_user;
            if not found then
                raise exception 'there is no link rule %%', rule using errcode = 'DD003';
            end if;

            select string_agg(format('%%I', key), ', '), string_agg(format('target.%%1$I = decided.%%1$I', key), ' and ')
            into keys, matching
            from unnest(drydock.key_columns(declared.target)) as key;

            -- only a null link is filled, and only where all proposals for the row agree
            return query execute format(
                $sql$
                with proposal as materialized (
                    %%1$s
                ),
                decided as (
                    select %%2$s, min(link::text) as link, count(distinct link) as choices
                    from proposal
                    where link is not null
                      and pg_catalog.mod(pg_catalog.hashtextextended(pg_catalog.concat_ws('|', %%2$s), 0) & 9223372036854775807, 100)
                          < coalesce((select share.percent from drydock.link_share as share), 100)
                    group by %%2$s
                ),
                filled as (
                    update %%3$s as target set %%4$I = decided.link::%%5$s
                    from decided
                    where decided.choices = 1 and target.%%4$I is null and %%6$s
                    returning 1
                )
                select
                    (select count(*) from proposal),
                    (select count(*) from decided),
                    (select count(*) from decided where choices > 1),
                    (select count(*) from filled)
                $sql$,
                declared.statement, keys, declared.target, declared.link,
                (select format_type(atttypid, atttypmod) from pg_catalog.pg_attribute
                 where attrelid = declared.target and attname = declared.link),
                matching
            );
        end;
        $body$
        $template$,
        function_schema, function_name
    );
    execute format('revoke all on function %I.%I(text) from public', function_schema, function_name);
    -- whoever is not superuser gives a function only to who may make one there
    execute format('grant create on schema %I to %I', function_schema, linker);
    execute format('alter function %I.%I(text) owner to %I', function_schema, function_name, linker);
    execute format('revoke create on schema %I from %I', function_schema, linker);
    execute format('comment on function %I.%I(text) is %L', function_schema, function_name,
        'Runs one link rule: fills null links where all proposals for a row agree. Owned by ' || linker || ', which may update the declared link columns only.');
end;
$create$;
comment on function drydock.create_linker(name, name, name) is 'Makes the function through which a linker is called.';
