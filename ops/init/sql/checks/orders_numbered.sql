-- title: Every order has a number that a customer can read out
-- why: an empty or padded number cannot be found again
-- remedy: Trim the number, and find out who wrote it so.
-- as: shop_service

select
    'shop.orders'                                             as object,
    count(*)                                                  as examined,
    count(*) filter (where number <> btrim(number) or number = '') as violations,
    'orders with an empty or padded number'                   as detail
from shop.orders;
