-- title: Tries statements as another role, and takes each back
-- why: one message per role instead of three per attempt; every attempt ends in its own rolled-back subtransaction, and
--   where it is SECURITY DEFINER and the role's own, none of them can leave the role: inside it the server refuses
-- remedy: None; it is made for what is tried, and taken back with it.

create or replace function :probe(statements text[], counting boolean[])
returns table (place integer, state text, message text)
language plpgsql
security :security
as $$
declare
    counted text;
begin
    for tried in 1 .. pg_catalog.cardinality(statements) loop
        begin
            if counting[tried] then
                execute statements[tried] into counted;
            else
                execute statements[tried];
                counted := '';
            end if;
            -- leaving by an exception is what takes the attempt back
            raise exception using errcode = 'DD000', message = coalesce(counted, '');
        exception when others then
            place := tried;
            state := sqlstate;
            message := sqlerrm;
            return next;
        end;
    end loop;
end;
$$;
