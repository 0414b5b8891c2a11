-- title: A service reads the change log, which holds rows past every policy
-- class: grants

select
    domain.service || ' on audit.change_log' as object,
    format('grant usage on schema audit to %1$I; grant select on audit.change_log to %1$I', domain.service) as plant
from drydock.domain as domain
order by 1;
