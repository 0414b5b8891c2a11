-- title: Who made the rows of one table, and from when to when
-- The names of the table and its columns are filled in below; this header is cut off first, because they may hold line breaks
select
    :oid::bigint as oid,
    (select pg_catalog.jsonb_agg(who order by who collate "C") from (
        select distinct :created_by as who from :source as content where :created_by is not null limit 101) as found
    ) as created_by_values,
    (select pg_catalog.jsonb_agg(who order by who collate "C") from (
        select distinct :updated_by as who from :source as content where :updated_by is not null limit 101) as found
    ) as updated_by_values,
    (select min(:created_at) from :source as content)::text as created_at_min,
    (select max(:created_at) from :source as content)::text as created_at_max,
    (select min(:updated_at) from :source as content)::text as updated_at_min,
    (select max(:updated_at) from :source as content)::text as updated_at_max
