-- title: Leases that have ended, the latest first
-- why: why a lease ended is asked after it is gone
--   $1 how many

select
    ended.lease as role,
    ended.profile,
    minted.detail ->> 'lentTo' as "lentTo",
    minted.by as "mintedBy",
    minted.at as "mintedAt",
    ended.at as "endedAt",
    ended.by as "endedBy",
    ended.detail ->> 'reason' as reason,
    (ended.detail ->> 'sessionsEnded')::int as "sessionsEnded"
from audit.lease_event as ended
left join audit.lease_event as minted
    on minted.lease = ended.lease and minted.event = 'minted'
where ended.event = 'ended'
order by ended.id desc
limit $1;
