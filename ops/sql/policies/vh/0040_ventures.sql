-- title: Who sees and links which ventures
-- why: a venture is its companys own business

create policy owner_does_all on vh.ventures
    for all to vh_owner using (true) with check (true);
comment on policy owner_does_all on vh.ventures is 'Without it FORCE would hide every row from migrations.';

create policy service_does_all on vh.ventures
    for all to vh_service using (true) with check (true);
comment on policy service_does_all on vh.ventures is 'The domain''s own service.';

create policy agent_reads on vh.ventures
    for select to codex_staging using (true);
comment on policy agent_reads on vh.ventures is 'The agent on staging reads all, and changes nothing here.';

create policy members_see_their_own on vh.ventures
    for select to vh_member
    using (company_id in (select vh.member_company_ids()));
comment on policy members_see_their_own on vh.ventures is 'Ventures of the logins companies.';

create policy views_show_all on vh.ventures
    for select to views_owner using (true);
comment on policy views_show_all on vh.ventures is
    'Views count and link across companies; members have no right on them.';

create policy linker_reads on vh.ventures
    for select to vh_linker using (true);
comment on policy linker_reads on vh.ventures is 'A link rule looks at every row.';

create policy linker_links on vh.ventures
    for update to vh_linker using (true) with check (true);
comment on policy linker_links on vh.ventures is 'Column rights narrow this to the link columns.';
