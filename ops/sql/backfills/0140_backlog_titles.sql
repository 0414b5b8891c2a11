-- title: Titles of backlog items without stray spaces
-- why: tasks are linked by title; a doubled space, which nobody sees, loses the link
-- as: eng_service
-- walks: eng.backlog_items

-- drydock: todo
select count(*)
from eng.backlog_items
where title <> btrim(regexp_replace(title, '\s+', ' ', 'g'));

-- drydock: change
update eng.backlog_items
set title = btrim(regexp_replace(title, '\s+', ' ', 'g'))
where :batch
  and title <> btrim(regexp_replace(title, '\s+', ' ', 'g'));
