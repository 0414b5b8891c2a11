-- title: Who sees the runs of the ingest
-- why: the ingest is the services work; no members data is in it

create policy owner_does_all on vh.ingest_runs
    for all to vh_owner using (true) with check (true);
comment on policy owner_does_all on vh.ingest_runs is 'Without it FORCE would hide every row from migrations.';

create policy service_does_all on vh.ingest_runs
    for all to vh_service using (true) with check (true);
comment on policy service_does_all on vh.ingest_runs is 'The domain''s own service.';

create policy agent_reads on vh.ingest_runs
    for select to codex_staging using (true);
comment on policy agent_reads on vh.ingest_runs is 'The agent on staging reads all, and changes nothing here.';
