-- title: Who sees which stages
-- why: a stage is as visible as its venture

create policy owner_does_all on vh.stage_states
    for all to vh_owner using (true) with check (true);
comment on policy owner_does_all on vh.stage_states is 'Without it FORCE would hide every row from migrations.';

create policy service_does_all on vh.stage_states
    for all to vh_service using (true) with check (true);
comment on policy service_does_all on vh.stage_states is 'The domain''s own service.';

create policy agent_reads on vh.stage_states
    for select to codex_staging using (true);
comment on policy agent_reads on vh.stage_states is 'The agent on staging reads all, and changes nothing here.';

-- exists, not in: IN reads every venture for one row, and is quadratic once its hash outgrows work_mem
create policy members_see_their_own on vh.stage_states
    for select to vh_member
    using (
        exists (
            select
            from vh.ventures as venture
            where venture.id = stage_states.venture_id
        )
    );
comment on policy members_see_their_own on vh.stage_states is 'Stages of the ventures that the member sees.';

create policy views_show_all on vh.stage_states
    for select to views_owner using (true);
comment on policy views_show_all on vh.stage_states is
    'Views count and link across companies; members have no right on them.';
