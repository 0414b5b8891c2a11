-- title: One order by its number
-- why: what a customer asks most; new migrations must not make it slower
-- as: shop_service

-- drydock: parameters
select number from shop.orders order by id limit 100;

-- drydock: query
select state, created_at from shop.orders where number = $1;
