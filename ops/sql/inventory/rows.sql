-- title: Rows of one table as JSON
-- why: a decimal, or a whole number past 2^53, would lose digits as a JSON number: it comes as text
-- $1: at most so many. The table's name is filled in below, and must not stand in a comment: it may hold line breaks
select (
    select pg_catalog.jsonb_object_agg(field.key, case
        when pg_catalog.jsonb_typeof(field.value) = 'number' and field.value::text ~ '[.]|[0-9]{16}'
            then pg_catalog.to_jsonb(field.value #>> '{}')
        else field.value
    end)
    from pg_catalog.jsonb_each(pg_catalog.to_jsonb(content)) as field
) as row
from :source as content
limit $1;
