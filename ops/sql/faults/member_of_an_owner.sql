-- title: A role is a member of an owner
-- class: roles

select
    domain.service || ' of ' || domain.owner as object,
    format('grant %I to %I', domain.owner, domain.service) as plant
from drydock.domain as domain
order by 1;
