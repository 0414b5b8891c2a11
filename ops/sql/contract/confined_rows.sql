-- title: Read the rows of a statement where no role can be left
-- why: as for statements that return none; the caller lists the columns, since a function has to say beforehand what it returns
-- remedy: None; it is made for a role when its statements are run, given to it, and dropped after them.

create or replace function :name(statement text) returns setof record language plpgsql security definer as $confined$
begin
    -- its owner may let others call it
    if pg_catalog.pg_backend_pid() operator(pg_catalog.<>) :session then
        raise exception 'this function is of another session' using errcode = 'insufficient_privilege';
    end if;
    return query execute statement;
    -- what is deferred would fire at the commit, as whoever commits
    set constraints all immediate;
end;
$confined$;
