-- title: The leases in force, and what their sessions are doing
-- why: who, what, since, until, and whether anybody is on it now

select
    lease.role_name as role,
    lease.role_oid::int8 as oid,
    login.rolname as "roleNow",
    lease.profile,
    lease.database_name as database,
    lease.lent_to as "lentTo",
    lease.minted_by as "mintedBy",
    extract(epoch from lease.minted_at) * 1000 as "mintedAt",
    extract(epoch from lease.expires_at) * 1000 as "expiresAt",
    extract(epoch from lease.latest_expiry) * 1000 as "latestExpiry",
    extract(epoch from lease.warned_at) * 1000 as "warnedAt",
    extract(epoch from lease.ending_since) * 1000 as "endingSince",
    lease.ended_by as "endedBy",
    lease.end_reason as reason,
    lease.problem,
    activity.sessions,
    extract(epoch from activity.last_activity) * 1000 as "lastActivity"
from drydock.lease as lease
left join pg_catalog.pg_roles as login
    on login.oid = lease.role_oid
cross join lateral (
    select
        count(*) as sessions,
        max(greatest(session.query_start, session.state_change, session.backend_start)) as last_activity
    from pg_catalog.pg_stat_activity as session
    where session.usesysid = lease.role_oid
) as activity
order by lease.expires_at, lease.role_name;
