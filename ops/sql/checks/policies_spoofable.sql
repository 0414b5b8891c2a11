-- title: No policy depends on a setting that the session can set
-- why: set app.tenant = 'other' is all it takes, in the policy itself or in a function that it calls
-- remedy: Name capability roles in the policy, or map session_user through a table that nobody else can write.
-- gate: rls_active

with recursive domain_policy as (
    select
        policy.oid,
        namespace.nspname || '.' || relation.relname || ': ' || policy.polname as object,
        concat_ws(
            ' / ',
            pg_catalog.pg_get_expr(policy.polqual, policy.polrelid),
            pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid)
        ) as expression
    from pg_catalog.pg_policy as policy
    join pg_catalog.pg_class as relation on relation.oid = policy.polrelid
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    join drydock.domain as domain on domain.schema_name = namespace.nspname
),
function as materialized (
    select known.oid, known.proname, pg_catalog.pg_get_functiondef(known.oid) as source
    from pg_catalog.pg_proc as known
    where known.pronamespace <> 'pg_catalog'::regnamespace
      and known.prokind <> 'a' -- an aggregate has no source
),
called (policy_oid, function_oid) as (
    select depend.objid, depend.refobjid
    from pg_catalog.pg_depend as depend
    where depend.classid = 'pg_catalog.pg_policy'::regclass
      and depend.refclassid = 'pg_catalog.pg_proc'::regclass

    union -- and what those call in turn, found by name, since the catalog does not know what stands in a body

    select called.policy_oid, callee.oid
    from called
    join function as caller on caller.oid = called.function_oid
    join function as callee on strpos(caller.source, callee.proname) > 0
),
source (policy_oid, name, text) as (
    select domain_policy.oid, 'the policy', domain_policy.expression
    from domain_policy

    union all

    select called.policy_oid, function.oid::regprocedure::text, function.source
    from called
    join function on function.oid = called.function_oid
),
spoofable as (
    select source.policy_oid, string_agg(source.name, ', ' order by source.name) as names
    from source
    where source.text ~* 'current_setting|pg_settings|application_name'
    group by source.policy_oid
)
select
    domain_policy.object,
    1::bigint as examined,
    (spoofable.names is not null)::int::bigint as violations,
    coalesce(spoofable.names || ' reads a setting', domain_policy.expression) as detail
from domain_policy
left join spoofable
    on spoofable.policy_oid = domain_policy.oid
order by domain_policy.object;
