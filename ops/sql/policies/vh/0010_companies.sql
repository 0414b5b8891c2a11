-- title: Who sees which companies
-- why: a member sees the companies of its login, whatever it sets or becomes

create policy owner_does_all on vh.companies
    for all to vh_owner using (true) with check (true);
comment on policy owner_does_all on vh.companies is 'Without it FORCE would hide every row from migrations.';

create policy service_does_all on vh.companies
    for all to vh_service using (true) with check (true);
comment on policy service_does_all on vh.companies is 'The domain''s own service.';

create policy agent_reads on vh.companies
    for select to codex_staging using (true);
comment on policy agent_reads on vh.companies is 'The agent on staging reads all, and changes nothing here.';

create policy members_see_their_own on vh.companies
    for select to vh_member
    using (id in (select vh.member_company_ids()));
comment on policy members_see_their_own on vh.companies is 'The companies of the login.';
