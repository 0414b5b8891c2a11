-- title: How far the record can be sealed now
-- why: below the oldest transaction that is still open nothing can be added any more; a long backlog is cut at whole transactions
with visible as (
    select pg_snapshot_xmin(pg_current_snapshot()) as xmin
), cut as (
    select transaction_id
    from audit.audit_events_all
    where transaction_id >= $1::xid8
    order by transaction_id
    offset $2::bigint
    limit 1
)
select
    case when cut.transaction_id > $1::xid8 and cut.transaction_id < visible.xmin then cut.transaction_id else visible.xmin end::text as horizon,
    (select count(*)::bigint from cut) = 1 as more
from visible
left join cut on true;
