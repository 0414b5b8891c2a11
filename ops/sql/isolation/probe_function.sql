-- title: Tries statements as another role, and takes each back
-- why: one message per role instead of three per attempt; every attempt ends in its own rolled-back subtransaction

create or replace function pg_temp.drydock_probe(role_name text, attempts jsonb, as_login boolean)
returns table (n integer, state text, message text)
language plpgsql
as $$
declare
    -- read before the role is another, which may be allowed nothing at all
    numbers constant integer[] := array(select listed.n from jsonb_to_recordset(attempts) as listed (n integer));
    statements constant text[] := array(select listed.statement from jsonb_to_recordset(attempts) as listed (statement text));
    counting constant boolean[] := array(select listed.counts from jsonb_to_recordset(attempts) as listed (counts boolean));
    counted text;
    -- as a login where the server is ours; on somebody's, or without a superuser, as the role only
    acting constant text := case
        when as_login and (select role.rolsuper from pg_catalog.pg_roles as role where role.rolname = session_user)
        then 'session authorization'
        else 'role'
    end;
begin
    execute format('set local %s %I', acting, role_name);
    for place in 1 .. cardinality(numbers) loop
        begin
            if counting[place] then
                execute statements[place] into counted;
            else
                execute statements[place];
                counted := '';
            end if;
            -- leaving by an exception is what takes the attempt back
            raise exception using errcode = 'DD000', message = coalesce(counted, '');
        exception when others then
            n := numbers[place];
            state := sqlstate;
            message := sqlerrm;
            return next;
        end;
    end loop;
    -- and what gives the role back, whatever it was
    raise exception using errcode = 'DD001';
exception when sqlstate 'DD001' then
    null;
end;
$$;
