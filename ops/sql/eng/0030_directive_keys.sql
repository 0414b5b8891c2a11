-- title: The key of a directive
-- why: its date depends on a time zone, which a generated column refuses as not immutable; so a trigger computes it

create function eng.set_directive_key() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    new.sd_slug := coalesce(
        new.sd_slug,
        pg_catalog.btrim(pg_catalog.regexp_replace(pg_catalog.lower(new.title), '[^a-z0-9]+', '-', 'g'), '-')
    );
    new.sd_key := 'SD-'
        || pg_catalog.to_char(coalesce(new.approved_at, new.created_at) at time zone 'UTC', 'YYYY-MM-DD')
        || '-' || new.sd_slug;
    return new;
end;
$$;
comment on function eng.set_directive_key() is
    'Trigger: SD- and the UTC date of approval (of creation until then) and the slug. Approval therefore moves the key''s date.';

create trigger strategic_directives_key
    before insert or update of sd_key, sd_slug, title, approved_at, created_at on eng.strategic_directives_v2
    for each row execute function eng.set_directive_key();
