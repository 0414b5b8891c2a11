-- title: Who sees and changes which directives
-- why: an unapproved directive is eng's own business, and that of the few who link to it

create policy owner_does_all on eng.strategic_directives_v2
    for all to eng_owner using (true) with check (true);
comment on policy owner_does_all on eng.strategic_directives_v2 is
    'Without it FORCE would hide every row from migrations.';

create policy service_does_all on eng.strategic_directives_v2
    for all to eng_service using (true) with check (true);
comment on policy service_does_all on eng.strategic_directives_v2 is 'The domain''s own service.';

create policy agent_reads on eng.strategic_directives_v2
    for select to codex_staging using (true);
comment on policy agent_reads on eng.strategic_directives_v2 is 'The agent on staging reads all.';

create policy agent_adds on eng.strategic_directives_v2
    for insert to codex_staging with check (true);
comment on policy agent_adds on eng.strategic_directives_v2 is 'The agent on staging adds.';

create policy agent_changes on eng.strategic_directives_v2
    for update to codex_staging using (true) with check (true);
comment on policy agent_changes on eng.strategic_directives_v2 is 'The agent on staging changes, but never deletes.';

create policy views_show_approved on eng.strategic_directives_v2
    for select to views_owner using (approved_at is not null);
comment on policy views_show_approved on eng.strategic_directives_v2 is 'What every reader of views may see.';

-- inside an owner-rights view the policies are the owner's, but current_user is still the reader
create policy views_show_drafts_to_linking_roles on eng.strategic_directives_v2
    for select to views_owner
    using (
        (
            select pg_catalog.pg_has_role(current_user, 'vh_service', 'usage')
                or pg_catalog.pg_has_role(current_user, 'vh_linker', 'usage')
                or pg_catalog.pg_has_role(current_user, 'codex_staging', 'usage')
        )
    );
comment on policy views_show_drafts_to_linking_roles on eng.strategic_directives_v2 is
    'Roles that link vh to eng see unapproved directives too: a venture may follow one before it is approved.';
