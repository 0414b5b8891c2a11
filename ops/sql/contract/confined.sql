-- title: Run the statements of a migration where no role can be left
-- why: inside a SECURITY DEFINER function the server refuses to change the role, however the change is worded, or hidden in
--   a function that a statement calls; so a migration stays the owner of its folder, on a session that could be more
-- remedy: None; it is made by each migration's owner, in its own schema, and dropped after its files.

create or replace function :schema.drydock_confined(statements text[]) returns bigint[] language plpgsql security definer as $confined$
declare
    statement text;
    touched bigint;
    counts bigint[] = '{}';
begin
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
revoke all on function :schema.drydock_confined(text[]) from public;
