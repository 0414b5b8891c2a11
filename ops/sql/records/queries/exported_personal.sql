-- title: Encrypted personal parts of the records of a time
-- why: they go with their records; without the person's key they are noise, there as here
select record_id::text as id, created_at::text, part, key_id::text, encode(cipher, 'base64') as cipher
from audit.audit_personal
where created_at >= $1::timestamptz and created_at < $2::timestamptz and (record_id, part) > ($3::uuid, $4::text)
order by record_id, part
limit 20000;
