-- title: How many events there are, and a sum of their hashes that does not depend on their order
-- why: compaction keeps what it says only when both are equal before and after
select count(*)::double as events, coalesce(sum(hash(event)::hugeint), 0)::varchar as hash
from event
