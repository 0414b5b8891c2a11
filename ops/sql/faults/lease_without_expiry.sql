-- title: A login of a profile never ends
-- class: roles

select
    'planted_lease of ' || domain.service as object,
    format('create role planted_lease login; grant %I to planted_lease', domain.service) as plant
from drydock.domain as domain
order by 1
limit 1;
