-- title: A role may read the passwords of every login
-- class: grants

select
    'auditor on pg_catalog.pg_authid' as object,
    'grant select on pg_catalog.pg_authid to auditor' as plant;
