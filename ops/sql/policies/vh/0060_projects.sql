-- title: Who sees and links which projects
-- why: a project is as visible as its venture

create policy owner_does_all on vh.projects
    for all to vh_owner using (true) with check (true);
comment on policy owner_does_all on vh.projects is 'Without it FORCE would hide every row from migrations.';

create policy service_does_all on vh.projects
    for all to vh_service using (true) with check (true);
comment on policy service_does_all on vh.projects is 'The domain''s own service.';

create policy agent_reads on vh.projects
    for select to codex_staging using (true);
comment on policy agent_reads on vh.projects is 'The agent on staging reads all, and changes nothing here.';

-- exists, not in: IN reads every venture for one row, and is quadratic once its hash outgrows work_mem
create policy members_see_their_own on vh.projects
    for select to vh_member
    using (
        exists (
            select
            from vh.ventures as venture
            where venture.id = projects.venture_id
        )
    );
comment on policy members_see_their_own on vh.projects is 'Projects of the ventures that the member sees.';

create policy views_show_all on vh.projects
    for select to views_owner using (true);
comment on policy views_show_all on vh.projects is
    'Views count and link across companies; members have no right on them.';

create policy linker_reads on vh.projects
    for select to vh_linker using (true);
comment on policy linker_reads on vh.projects is 'A link rule looks at every row.';

create policy linker_links on vh.projects
    for update to vh_linker using (true) with check (true);
comment on policy linker_links on vh.projects is 'Column rights narrow this to the link columns.';
