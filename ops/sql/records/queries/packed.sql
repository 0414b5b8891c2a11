-- title: Records as the sealer takes them
-- why: in the order of their transactions, which is final once all of them have ended; hashed here, where a million takes seconds
-- The session is to have timezone UTC and datestyle ISO, so that times have one spelling.
with record as (
    select
        id, workspace_id, created_at, transaction_id,
        -- the binary form of an array of texts: each with its length before it, and quicker than any spelling
        sha256('\x00'::bytea || array_send(array[
            id::text, workspace_id::text, created_at::text, recorded_at::text, occurred_at::text, transaction_id::text, recorded_by, source,
            created_by_user_id::text, action_type::text, resource_type::text, resource_id::text, old_values::text, new_values::text,
            changed_fields::text, request_id::text, tags::text, metadata::text, subject_id::text,
            encode(origin_sha256, 'hex'), encode(values_sha256, 'hex')
        ])) as leaf
    from audit.audit_events_all
    where transaction_id >= $1::xid8 and transaction_id < $2::xid8
), numbered as (
    select record.*, row_number() over (order by transaction_id, created_at, id) as position
    from record
)
select
    string_agg(
        uuid_send(id) || uuid_send(workspace_id) || timestamptz_send(created_at) || xid8send(transaction_id) || leaf,
        ''::bytea order by position
    ) as packed
from numbered
group by (position - 1) / 20000
order by (position - 1) / 20000;
