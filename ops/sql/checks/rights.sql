-- title: Every role holds exactly the rights of the contract
-- why: one grant too many is a hole, one too few fails in production
-- remedy: Revoke what is not stated; state in drydock.yaml what is meant.
-- gate: boundary_isolated

select
    format(
        '%s: %s on %s %s',
        coalesce(expected.role_name, actual.role_name),
        coalesce(expected.privilege, actual.privilege),
        coalesce(expected.kind, actual.kind),
        concat_ws('.', nullif(coalesce(expected.schema_name, actual.schema_name), coalesce(expected.object_name, actual.object_name)),
            coalesce(expected.object_name, actual.object_name), coalesce(expected.column_name, actual.column_name))
    ) as object,
    1::bigint as examined,
    (expected.role_name is null or actual.role_name is null or coalesce(actual.is_grantable, false))::int::bigint as violations,
    case
        when expected.role_name is null then 'held, but not in the contract'
        when actual.role_name is null then 'in the contract, but not held'
        when actual.is_grantable then 'may be granted on'
        else 'as stated'
    end as detail
from drydock.expected_right as expected
full join drydock.actual_right as actual
    on  actual.role_name = expected.role_name
    and actual.kind = expected.kind
    and actual.schema_name is not distinct from expected.schema_name
    and actual.object_name = expected.object_name
    and actual.column_name is not distinct from expected.column_name
    and actual.privilege = expected.privilege
order by violations desc, object;
