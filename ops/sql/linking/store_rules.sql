-- title: The project's link rules, and no others
-- why: a rule whose file is gone could still be called by whoever may call its linker; $1 is a JSON array of the rules

with given as (
    select * from pg_catalog.jsonb_populate_recordset(null::drydock.link_rule, $1)
),
gone as (
    delete from drydock.link_rule as stored
    where not exists (select from given where given.rule = stored.rule)
)
insert into drydock.link_rule
select * from given
on conflict (rule) do update set
    linker = excluded.linker, target = excluded.target, link = excluded.link,
    statement = excluded.statement, sha256 = excluded.sha256;
