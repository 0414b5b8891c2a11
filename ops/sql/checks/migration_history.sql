-- title: Every migration on disk is applied, unedited, and nothing else is
-- why: a script that was skipped, edited afterwards or applied by hand is not what will be promoted
-- remedy: Apply it with Drydock; write a new migration instead of editing an applied one.
-- gate: scripts_complete

select
    coalesce(expected.path, applied.version) as object,
    1::bigint as examined,
    (expected.path is null or applied.version is null or expected.sha256 <> applied.sha256)::int::bigint as violations,
    case
        when expected.path is null then 'applied, but not on disk'
        when applied.version is null then 'on disk, but not applied'
        when expected.sha256 <> applied.sha256 then 'edited after it was applied'
        else 'applied by ' || applied.applied_by
    end as detail
from (select path, sha256 from drydock.expected_file where kind = 'migration') as expected
full join audit.migration_log as applied
    on applied.version = expected.path
order by object;
