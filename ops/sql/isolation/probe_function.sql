-- title: Tries statements as another role, and takes each back
-- why: one message per role instead of three per attempt; every attempt ends in its own rolled-back subtransaction, and
--   none of them can leave the role: the function is given to it, and inside it the server refuses
-- remedy: None; it is made for a role, and taken back with what was tried.

create or replace function :probe(statements text[], counting boolean[])
returns table (place integer, state text, message text)
language plpgsql
security definer
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
revoke all on function :probe(text[], boolean[]) from public;
-- whoever is not superuser gives a function only to who may make one there
grant usage, create on schema extensions to :role;
alter function :probe(text[], boolean[]) owner to :role;
revoke create on schema extensions from :role;
