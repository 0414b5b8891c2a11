-- title: The server and the database are the expected ones
-- why: checks against the wrong database prove nothing about the right one
-- remedy: Look at the connection settings, and at `database` in drydock.yaml.
-- gate: scripts_complete

select
    'server' as object,
    1::bigint as examined,
    (pg_catalog.current_setting('server_version_num')::int < 150000)::int::bigint as violations,
    'Postgres ' || pg_catalog.current_setting('server_version') || ', 15 or later wanted' as detail

union all

select
    'database ' || pg_catalog.current_database(),
    1,
    (pg_catalog.current_database() <> all (contract.databases))::int,
    'the contract is for ' || array_to_string(contract.databases, ', ')
from (
    select array_agg(distinct stated.object_name) as databases
    from drydock.contract_right as stated
    where stated.kind = 'database'
) as contract;
