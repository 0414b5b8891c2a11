-- title: Run statements where no role can be left
-- why: inside a SECURITY DEFINER function the server refuses to change the role, however the change is worded, or hidden in
--   a function that a statement calls; so whoever's statement it is stays who it is, on a session that could be more
-- remedy: None; it is made for a role when its statements are run, given to it, and dropped after them.

create or replace function :name(statements text[]) returns bigint[] language plpgsql security definer as $confined$
declare
    statement text;
    touched bigint;
    counts bigint[] = '{}';
begin
    -- its owner may let others call it
    if pg_catalog.pg_backend_pid() operator(pg_catalog.<>) :session then
        raise exception 'this function is of another session' using errcode = 'insufficient_privilege';
    end if;
    foreach statement in array statements loop
        execute statement;
        get diagnostics touched = row_count;
        counts = pg_catalog.array_append(counts, touched);
    end loop;
    -- what is deferred would fire at the commit, as whoever commits
    set constraints all immediate;
    return counts;
end;
$confined$;
