-- title: Commitments whose personal data is nowhere
-- why: a record shows that there was data; only an erasure explains that there is none
select
    'personal' as kind,
    format('The personal data (%s) of record %s is gone, and no erasure took it.', part, record.id) as message,
    record.id::text as record,
    record.workspace_id::text as workspace
from audit.audit_events_all as record
cross join lateral (values ('origin', record.origin_sha256), ('values', record.values_sha256)) as commitment (part, sha256)
where commitment.sha256 is not null
    and not exists (
        select from drydock.audit_personal_inbox as inbox where inbox.record_id = record.id and inbox.part = commitment.part
    )
    and not exists (
        select from audit.audit_personal as sealed
        where sealed.record_id = record.id and sealed.part = commitment.part and sealed.created_at = record.created_at
    )
    and not exists (select from audit.audit_deletion_item as item where item.record_id = record.id)
order by record.transaction_id, record.created_at, record.id
limit 1000;
