-- title: Tries statements as another role, and takes each back
-- why: one message per role instead of three per attempt; every attempt ends in its own rolled-back subtransaction

create or replace function pg_temp.drydock_probe(role_name text, attempts jsonb, as_login boolean)
returns table (n integer, state text, message text)
language plpgsql
as $$
declare
    attempt record;
    counted text;
begin
    for attempt in select * from jsonb_to_recordset(attempts) as listed (n integer, statement text, counts boolean) loop
        begin
            -- as a login where the server is ours; on somebody's production, as the role only
            execute format(case when as_login then 'set local session authorization %I' else 'set local role %I' end, role_name);
            if attempt.counts then
                execute attempt.statement into counted;
            else
                execute attempt.statement;
                counted := '';
            end if;
            -- leaving by an exception is what takes the attempt back
            raise exception using errcode = 'DD000', message = coalesce(counted, '');
        exception when others then
            n := attempt.n;
            state := sqlstate;
            message := sqlerrm;
            return next;
        end;
    end loop;
end;
$$;
