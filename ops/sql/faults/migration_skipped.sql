-- title: A migration on disk was never applied
-- class: history

select
    'planted.sql' as object,
    'insert into drydock.expected_file (path, sha256, kind) values (''planted.sql'', repeat(''0'', 64), ''migration'')' as plant;
