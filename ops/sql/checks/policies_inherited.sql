-- title: A partition shows what its parent shows
-- why: whoever holds rights on both reads the partition by its own policies, and all of it through the parent by the parent's;
--   the wider of the two decides
-- remedy: Give the partition, or the table that inherits, the policies of its parent; or take it from the contract by name.
-- gate: rls_active

with domain_table as (
    select relation.oid, namespace.nspname, relation.relname
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    join drydock.domain as domain on domain.schema_name = namespace.nspname
    where relation.relkind in ('r', 'p') -- table, partitioned table
),
granted as (
    select distinct relation.oid as relation, role.oid as role, expected.role_name, expected.privilege
    from drydock.expected_right as expected
    join pg_catalog.pg_roles as role
        on role.rolname = expected.role_name
    join pg_catalog.pg_namespace as namespace
        on namespace.nspname = expected.schema_name
    join pg_catalog.pg_class as relation
        on relation.relnamespace = namespace.oid and relation.relname = expected.object_name
    where expected.kind in ('relation', 'column')
      and expected.privilege in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
      and exists (select from pg_catalog.pg_inherits as link where relation.oid in (link.inhrelid, link.inhparent))
),
-- what a role's verb is held to on a relation: the policies without their names
held as (
    select
        granted.relation, granted.role, granted.privilege,
        array_agg(distinct terms.rule order by terms.rule) as rules
    from granted
    join pg_catalog.pg_policy as policy
        on policy.polrelid = granted.relation
       and policy.polcmd in ('*', case granted.privilege
           when 'SELECT' then 'r' when 'INSERT' then 'a' when 'UPDATE' then 'w' when 'DELETE' then 'd'
       end::"char")
       and (0 = any (policy.polroles) or granted.role = any (policy.polroles)) -- 0: PUBLIC
    cross join lateral (
        select
            pg_catalog.pg_get_expr(policy.polqual, policy.polrelid) as reads,
            pg_catalog.pg_get_expr(coalesce(policy.polwithcheck, policy.polqual), policy.polrelid) as writes
    ) as expression
    cross join lateral (
        -- a subquery in a policy names the table that the policy stands on
        select pg_catalog.regexp_replace(
            format(
                '%s reads %s writes %s',
                policy.polpermissive,
                case when granted.privilege <> 'INSERT' then expression.reads end,
                case when granted.privilege in ('INSERT', 'UPDATE') then expression.writes end
            ),
            (
                select '(?<![[:alnum:]_"])' || pg_catalog.regexp_replace(pg_catalog.quote_ident(relation.relname), '([^[:alnum:]_])', '\\\1', 'g') || '\.'
                from pg_catalog.pg_class as relation
                where relation.oid = policy.polrelid
            ),
            '.',
            'g'
        ) as rule
    ) as terms
    group by granted.relation, granted.role, granted.privilege
),
compared as (
    select
        link.inhrelid as relation,
        child.role_name || ' ' || child.privilege as verb,
        own.rules is distinct from parents.rules as differs
    from pg_catalog.pg_inherits as link
    join granted as child
        on child.relation = link.inhrelid
    join granted as parent
        on parent.relation = link.inhparent and parent.role = child.role and parent.privilege = child.privilege
    left join held as own
        on own.relation = child.relation and own.role = child.role and own.privilege = child.privilege
    left join held as parents
        on parents.relation = parent.relation and parents.role = parent.role and parents.privilege = parent.privilege
),
tally as (
    select
        compared.relation,
        count(*) as verbs,
        count(*) filter (where compared.differs) as differing,
        string_agg(distinct compared.verb, ', ') filter (where compared.differs) as in_words
    from compared
    group by compared.relation
)
select
    domain_table.nspname || '.' || domain_table.relname as object,
    1 + coalesce(tally.verbs, 0) as examined,
    coalesce(tally.differing, 0) as violations,
    coalesce('held to other rows than its parent: ' || tally.in_words, 'as its parent, if it has one') as detail
from domain_table
left join tally
    on tally.relation = domain_table.oid
order by object;
