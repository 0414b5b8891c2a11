-- title: Who sees which memberships
-- why: a member sees colleagues, not the members of other companies

create policy owner_does_all on vh.company_members
    for all to vh_owner using (true) with check (true);
comment on policy owner_does_all on vh.company_members is 'Without it FORCE would hide every row from migrations.';

create policy service_does_all on vh.company_members
    for all to vh_service using (true) with check (true);
comment on policy service_does_all on vh.company_members is 'The domain''s own service.';

create policy agent_reads on vh.company_members
    for select to codex_staging using (true);
comment on policy agent_reads on vh.company_members is 'The agent on staging reads all, and changes nothing here.';

create policy members_see_their_own on vh.company_members
    for select to vh_member
    using (company_id in (select vh.member_company_ids()));
comment on policy members_see_their_own on vh.company_members is 'Members of the same companies.';
