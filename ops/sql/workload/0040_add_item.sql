-- title: An item is added to a requirement
-- why: an insert with its foreign keys
-- as: eng_service

-- drydock: parameters
select id, sd_id from eng.product_requirements_v2 order by id limit 100;

-- drydock: query
insert into eng.backlog_items (prd_id, sd_id, title, type, priority) values ($1, $2, 'A new item', 'chore', 'P3');
