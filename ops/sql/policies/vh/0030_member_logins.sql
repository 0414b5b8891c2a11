-- title: Who sees which logins
-- why: who can write this table can become anybody; who can read it knows whom to become

create policy owner_does_all on vh.member_logins
    for all to vh_owner using (true) with check (true);
comment on policy owner_does_all on vh.member_logins is
    'The owner alone. vh.member_company_ids() reads it with the owners rights.';
