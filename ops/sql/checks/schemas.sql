-- title: Every domain schema is there, owned by its owner
-- why: the owner of a schema can do anything in it
-- remedy: alter schema ... owner to the domain's owner in drydock.yaml.
-- gate: scripts_complete

select
    'schema ' || expected.schema_name as object,
    1::bigint as examined,
    (pg_catalog.pg_get_userbyid(namespace.nspowner) is distinct from expected.owner)::int::bigint as violations,
    case
        when namespace.oid is null then 'is missing'
        else 'owned by ' || pg_catalog.pg_get_userbyid(namespace.nspowner) || ', expected ' || expected.owner
    end as detail
from (
    select schema_name, owner from drydock.domain
    union all
    values ('audit', 'audit_owner'), ('drydock', 'audit_owner'), ('views', 'views_owner')
) as expected
left join pg_catalog.pg_namespace as namespace
    on namespace.nspname = expected.schema_name
order by object;
