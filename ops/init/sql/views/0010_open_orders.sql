-- title: Open orders

-- security_barrier: no function of a reader sees a row before the view has filtered it
create view views.open_orders with (security_barrier) as
select orders.number, orders.created_at
from shop.orders as orders
where orders.state = 'open';
comment on view views.open_orders is 'Orders that wait to be paid.';
