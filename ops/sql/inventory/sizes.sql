-- title: Bytes of these relations
-- why: pg_class.relpages is zero until the first analyze
-- $1: their oids
select
    wanted.oid::bigint as oid,
    pg_catalog.pg_relation_size(wanted.oid::oid) as bytes,
    pg_catalog.pg_total_relation_size(wanted.oid::oid) as total_bytes
from pg_catalog.unnest($1::bigint[]) as wanted (oid);
