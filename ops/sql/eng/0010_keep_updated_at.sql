-- title: updated_at keeps itself
-- why: a time that callers set is a time that callers forget

create function eng.touch_updated_at() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    new.updated_at := now();
    return new;
end;
$$;
comment on function eng.touch_updated_at() is
    'Trigger: sets updated_at to the start of the transaction that changes the row.';
