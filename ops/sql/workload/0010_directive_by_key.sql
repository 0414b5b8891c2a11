-- title: One directive by its key
-- why: the service's most frequent question
-- as: eng_service

-- drydock: parameters
select sd_key from eng.strategic_directives_v2 order by id limit 100;

-- drydock: query
select directive.id, directive.title, directive.status, directive.owner
from eng.strategic_directives_v2 as directive
where directive.sd_key = $1;
