-- title: Orders

create table shop.orders (
    id         bigint      generated always as identity primary key,
    number     text        not null unique,
    state      text        not null default 'open' check (state in ('open', 'paid', 'sent')),
    created_at timestamptz not null default now()
);
comment on table shop.orders is 'Orders of the shop.';
comment on column shop.orders.id is 'Internal key.';
comment on column shop.orders.number is 'What the customer calls it.';
comment on column shop.orders.state is 'How far it is.';
comment on column shop.orders.created_at is 'When it came in.';
