-- title: Tries statements as another role, and takes each back
-- why: one message per role instead of three per attempt; every attempt ends in its own rolled-back subtransaction

create or replace function pg_temp.drydock_probe(role_name text, attempts jsonb, as_login boolean)
returns table (n integer, state text, message text)
language plpgsql
as $$
declare
    attempt record;
    counted text;
    -- as a login where the server is ours; on somebody's, or without a superuser, as the role only
    acting constant text := case
        when as_login and (select role.rolsuper from pg_catalog.pg_roles as role where role.rolname = session_user)
        then 'session authorization'
        else 'role'
    end;
begin
    for attempt in select * from jsonb_to_recordset(attempts) as listed (n integer, statement text, counts boolean) loop
        begin
            execute format('set local %s %I', acting, role_name);
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
