-- title: The project's link rules, and no others
-- why: a rule whose file is gone could still be called by whoever may call its linker; $1 is a JSON array of the rules
-- A rule whose table is not there yet is left out: nobody can call it before the migration that makes the table.

with given as (
    select rule, linker, pg_catalog.to_regclass(target) as target, link, statement, sha256
    from pg_catalog.jsonb_to_recordset($1)
        as given (rule text, linker text, target text, link name, statement text, sha256 text)
),
callable as (
    select given.* from given
    join pg_catalog.pg_class as relation on relation.oid = given.target
    where relation.relkind in ('r', 'p') -- table, partitioned table: a view would compute whatever its owner says
),
gone as (
    delete from drydock.link_rule as stored
    where not exists (select from callable where callable.rule = stored.rule)
)
insert into drydock.link_rule
select * from callable
on conflict (rule) do update set
    linker = excluded.linker, target = excluded.target, link = excluded.link,
    statement = excluded.statement, sha256 = excluded.sha256;
