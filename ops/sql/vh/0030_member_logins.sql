-- title: Which login is which user
-- why: rows that differ by login must rest on session_user, which no session can set, and on a table that no session can write

create table vh.member_logins (
    login   name primary key,
    user_id uuid not null
);

create index member_logins_by_user on vh.member_logins (user_id);

comment on table vh.member_logins is
    'Database logins of users. Private: nobody but the owner of the schema reads or writes it.';
comment on column vh.member_logins.login is 'The login role.';
comment on column vh.member_logins.user_id is 'The user that it stands for.';

create function vh.member_company_ids() returns setof uuid
language sql
stable
security definer -- reads vh.member_logins, on which nobody has a right
set search_path = ''
as $$
    select member.company_id
    from vh.member_logins as known
    join vh.company_members as member
        on member.user_id = known.user_id
    where known.login = session_user; -- not current_user: SET ROLE changes that one
$$;
comment on function vh.member_company_ids() is
    'Companies of the user who logged in. Policies call it once per statement: in (select f()).';
