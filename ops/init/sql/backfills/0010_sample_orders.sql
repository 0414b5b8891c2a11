-- title: Three sample orders
-- why: a check and a probe over no rows prove nothing
-- as: shop_service

-- drydock: todo
select 3 - count(*) from shop.orders where number in ('A-1', 'A-2', 'A-3');

-- drydock: change
insert into shop.orders (number, state)
values ('A-1', 'open'), ('A-2', 'open'), ('A-3', 'paid')
on conflict (number) do nothing;
