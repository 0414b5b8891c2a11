-- title: Every backfill ran to its end and changed what it said it would
-- why: an UPDATE under forced row-level security can touch no row and report success
-- remedy: Run drydock backfill again; it goes on where it stopped.
-- gate: scripts_complete
-- needs: backfills

select
    expected.path as object,
    1::bigint as examined,
    (
        state.finished_at is null or state.sha256 <> expected.sha256 or state.changed <> state.expected
    )::int::bigint as violations,
    case
        when state.file is null then 'has not run'
        when state.sha256 <> expected.sha256 then 'edited since it ran'
        when state.finished_at is null then format('unfinished: %s of %s rows', state.changed, state.expected)
        else format('%s of %s rows in %s batches', state.changed, state.expected, state.batches)
    end as detail
from drydock.expected_file as expected
left join drydock.backfill_state as state
    on state.file = expected.path and state.lease = '' -- a lease does not say for the operator that it is done
where expected.kind = 'backfill'
order by object;
