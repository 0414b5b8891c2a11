-- title: Who sees and changes which backlog items
-- why: a backlog item is as visible as its directive

create policy owner_does_all on eng.backlog_items
    for all to eng_owner using (true) with check (true);
comment on policy owner_does_all on eng.backlog_items is 'Without it FORCE would hide every row from migrations.';

create policy service_does_all on eng.backlog_items
    for all to eng_service using (true) with check (true);
comment on policy service_does_all on eng.backlog_items is 'The domain''s own service.';

create policy agent_reads on eng.backlog_items
    for select to codex_staging using (true);
comment on policy agent_reads on eng.backlog_items is 'The agent on staging reads all.';

create policy agent_adds on eng.backlog_items
    for insert to codex_staging with check (true);
comment on policy agent_adds on eng.backlog_items is 'The agent on staging adds.';

create policy agent_changes on eng.backlog_items
    for update to codex_staging using (true) with check (true);
comment on policy agent_changes on eng.backlog_items is 'The agent on staging changes, but never deletes.';

-- the subquery obeys the policies of the directives, so that who sees what is said there only;
-- exists, not in: IN hashes every directive for one row, and is quadratic once the hash outgrows work_mem
create policy views_follow_directive on eng.backlog_items
    for select to views_owner
    using (
        exists (
            select
            from eng.strategic_directives_v2 as directive
            where directive.id = backlog_items.sd_id
        )
    );
comment on policy views_follow_directive on eng.backlog_items is
    'Whoever sees the directive through a view sees this too, and nobody else.';
