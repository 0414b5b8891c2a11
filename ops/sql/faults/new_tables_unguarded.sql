-- title: The next table will come without protection
-- class: audit

select
    statement as object,
    statement as plant
from unnest(array[
    'alter event trigger drydock_rls_by_default disable',
    'alter event trigger drydock_rls_by_default enable',
    'drop event trigger drydock_rls_by_default'
]) as statement
order by 1;
