-- title: Companies and their members
-- why: the company is what a member's view of vh ends at

create table vh.companies (
    id         uuid        primary key default gen_random_uuid(),
    name       text        not null unique,
    created_at timestamptz not null default now(),

    constraint name_is_not_blank check (name ~ '\S')
);

comment on table vh.companies is 'Companies that run ventures.';
comment on column vh.companies.id is 'Identity.';
comment on column vh.companies.name is 'Its name.';
comment on column vh.companies.created_at is 'When it was entered.';

create table vh.company_members (
    company_id uuid        not null references vh.companies (id) on delete cascade,
    user_id    uuid        not null,
    role       text        not null default 'viewer',
    granted_at timestamptz not null default now(),
    granted_by uuid,

    primary key (company_id, user_id),
    constraint role_is_known check (role in ('viewer', 'editor', 'admin'))
);

create index company_members_by_user on vh.company_members (user_id);

comment on table vh.company_members is 'Which users belong to which company.';
comment on column vh.company_members.company_id is 'The company.';
comment on column vh.company_members.user_id is 'The user.';
comment on column vh.company_members.role is 'viewer, editor or admin: what the application lets the user do there.';
comment on column vh.company_members.granted_at is 'Since when.';
comment on column vh.company_members.granted_by is 'The user who granted it; null for the first.';
