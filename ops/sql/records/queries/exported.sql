-- title: Records of a time, with every field as the text that its leaf is made of
-- why: whoever has this and the seals can check each record without a database; in pages, by id
select
    id::text, workspace_id::text, created_at::text, recorded_at::text, occurred_at::text, transaction_id::text, recorded_by, source,
    created_by_user_id::text, action_type::text, resource_type::text, resource_id::text, old_values::text, new_values::text,
    changed_fields::text, request_id::text, tags::text, metadata::text, subject_id::text,
    encode(origin_sha256, 'hex') as origin_sha256, encode(values_sha256, 'hex') as values_sha256
from audit.audit_events_all
where created_at >= $1::timestamptz and created_at < $2::timestamptz and id > $3::uuid
order by id
limit 20000;
