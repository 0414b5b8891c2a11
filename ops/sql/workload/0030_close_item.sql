-- title: An item is done
-- why: a write with its policies, its triggers and its line in the change log
-- as: eng_service

-- drydock: parameters
select id, md5(id::text) from eng.backlog_items order by id limit 100;

-- drydock: query
update eng.backlog_items set state = 'done', commit_sha = $2 where id = $1;
