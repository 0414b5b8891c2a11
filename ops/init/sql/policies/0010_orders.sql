-- title: Who sees which orders
-- why: row-level security is on for every table of a domain and shows nothing until a policy does; a role needs the grant
--   of the contract and a policy, and the owner needs one too

create policy orders_owner on shop.orders for all to shop_owner using (true) with check (true);
create policy orders_service on shop.orders for all to shop_service using (true) with check (true);
create policy orders_guest_reads on shop.orders for select to guest using (true);
create policy orders_guest_adds on shop.orders for insert to guest with check (state = 'open');
create policy orders_guest_changes on shop.orders for update to guest using (state = 'open') with check (state in ('open', 'paid'));
create policy orders_in_views on shop.orders for select to views_owner using (true);
