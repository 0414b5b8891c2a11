-- title: A capability role can log in, for ever
-- class: roles

select
    domain.service as object,
    format('alter role %I login', domain.service) as plant
from drydock.domain as domain
order by 1;
