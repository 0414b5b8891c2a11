-- title: Sessions of leases that run over their budget, ended
-- why: a session can reset every timeout that was set for it; this it cannot reset. The clock is the server's

select
    lease.role_name as role,
    session.pid,
    over.budget,
    round(extract(epoch from over.lasted))::int as seconds,
    pg_catalog.pg_terminate_backend(session.pid) as ended
from drydock.lease as lease
join pg_catalog.pg_stat_activity as session
    on session.usesysid = lease.role_oid
cross join lateral (
    select budget, lasted
    from (values
        ('statement', clock_timestamp() - session.query_start, lease.statement_limit, session.state = 'active'),
        ('idle in transaction', clock_timestamp() - session.state_change, lease.idle_limit, session.state like 'idle in transaction%'),
        ('transaction', clock_timestamp() - session.xact_start, lease.transaction_limit, true)
    ) as measured (budget, lasted, allowed, applies)
    where applies and lasted > allowed
    order by lasted - allowed desc
    limit 1
) as over
where lease.ending_since is null;
