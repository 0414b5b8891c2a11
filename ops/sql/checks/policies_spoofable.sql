-- title: No policy depends on a setting that the session can set
-- why: set app.tenant = 'other' is all it takes
-- remedy: Name capability roles in the policy, or map session_user through a table that nobody else can write.
-- gate: rls_active

select
    namespace.nspname || '.' || relation.relname || ': ' || policy.polname as object,
    1::bigint as examined,
    (expression.text ~* 'current_setting')::int::bigint as violations,
    expression.text as detail
from pg_catalog.pg_policy as policy
join pg_catalog.pg_class as relation
    on relation.oid = policy.polrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
cross join lateral (
    select concat_ws(
        ' / ',
        pg_catalog.pg_get_expr(policy.polqual, policy.polrelid),
        pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid)
    ) as text
) as expression
order by object;
