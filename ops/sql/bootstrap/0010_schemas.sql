-- title: The schemas that Drydock brings to every project
-- why: PUBLIC holds nothing here, so that only the contract decides who gets in

create schema audit authorization audit_owner;
comment on schema audit is 'What happened: append-only, written by triggers and by Drydock, read by the auditor.';

create schema drydock authorization audit_owner;
comment on schema drydock is 'Drydock''s own bookkeeping: the contract, link rules, resume keys. Mutable, unlike audit.';

create schema views authorization views_owner;
comment on schema views is 'The only place from which one domain may read another.';

create schema extensions;
comment on schema extensions is 'Functions of extensions, out of every search_path.';

revoke all on schema public from public;

-- new functions of these owners are nobody's until the contract says so
alter default privileges for role audit_owner revoke execute on functions from public;
alter default privileges for role views_owner revoke execute on functions from public;
alter default privileges revoke execute on functions from public;
