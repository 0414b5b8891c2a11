-- title: Everybody may make temporary tables
-- class: grants

select
    'database ' || pg_catalog.current_database() as object,
    format('grant temporary on database %I to public', pg_catalog.current_database()) as plant;
