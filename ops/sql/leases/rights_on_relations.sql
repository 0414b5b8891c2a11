-- title: What a profile may do with which relation
-- why: compared with what a lease of it did, it says what nobody needed
--   $1 the profile

select expected.schema_name as schema, expected.object_name as relation, expected.privilege as verb
from drydock.expected_right as expected
where expected.role_name = $1 and expected.kind = 'relation'
  and expected.schema_name <> 'drydock' -- those every lease has, for the steps
order by 1, 2, 3;
