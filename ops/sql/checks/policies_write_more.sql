-- title: No policy lets write what it would not let read
-- why: a row that its writer cannot see afterwards was handed to somebody else; "using" alone does not look at what is written
-- remedy: Repeat the condition under "with check", or leave "with check" out: then "using" decides both.
-- severity: error
-- gate: rls_active

select
    format('%I.%I', namespace.nspname, relation.relname) as object,
    count(*) as examined,
    count(*) filter (where expression.writes_all and not expression.reads_all) as violations,
    'written past what is read: ' || string_agg(policy.polname, ', ' order by policy.polname)
        filter (where expression.writes_all and not expression.reads_all) as detail
from pg_catalog.pg_policy as policy
join pg_catalog.pg_class as relation
    on relation.oid = policy.polrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
cross join lateral (
    select
        -- a policy for insert has no "using", and reads nothing
        coalesce(pg_catalog.pg_get_expr(policy.polqual, policy.polrelid), 'true') = 'true' as reads_all,
        -- without "with check", "using" is asked
        pg_catalog.pg_get_expr(coalesce(policy.polwithcheck, policy.polqual), policy.polrelid) = 'true' as writes_all
) as expression
group by namespace.nspname, relation.relname
order by object;
