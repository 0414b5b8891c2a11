-- title: Planted faults for the integrity checks
-- why: a check that has never failed has proven nothing; each row below must make one fail
-- as: eng_service
--
-- Constraints refuse values that are out of range; what they let through, and these rows use, is what is missing.

-- directive_accountability: no owner, no decision, no evidence; dated so that nobody takes it for a real one.
-- trace_integrity: none of the work on it is done, but its requirement has none at all
insert into eng.strategic_directives_v2 (id, title, status, created_at)
values ('d1000000-0000-4000-8000-000000000099', 'Gap fixture', 'draft', '2099-01-01T00:00:00Z');

-- requirement_integrity: no score, no risk, no criteria
insert into eng.product_requirements_v2 (id, sd_id, title)
values ('e1000000-0000-4000-8000-000000000099', 'd1000000-0000-4000-8000-000000000099', 'Gap fixture: not assessed');

-- orphaned_items, backlog_integrity: an orphan that is otherwise in order, then orphans without type, priority and gate
insert into eng.backlog_items (id, sd_id, title, type, priority, qa_gate_min)
values
    ('b1000000-0000-4000-8000-000000000091', 'd1000000-0000-4000-8000-000000000099', 'Gap fixture: orphan', 'bug', 'P1', 50);

-- dependency_cycles: three items that contain each other
insert into eng.backlog_items (id, sd_id, title)
values
    ('b1000000-0000-4000-8000-000000000092', 'd1000000-0000-4000-8000-000000000099', 'Gap fixture: not triaged, circle 1'),
    ('b1000000-0000-4000-8000-000000000093', 'd1000000-0000-4000-8000-000000000099', 'Gap fixture: not triaged, circle 2'),
    ('b1000000-0000-4000-8000-000000000094', 'd1000000-0000-4000-8000-000000000099', 'Gap fixture: not triaged, circle 3');

update eng.backlog_items as item
set parent_id = circle.parent_id
from (
    values
        ('b1000000-0000-4000-8000-000000000092'::uuid, 'b1000000-0000-4000-8000-000000000093'::uuid),
        ('b1000000-0000-4000-8000-000000000093', 'b1000000-0000-4000-8000-000000000094'),
        ('b1000000-0000-4000-8000-000000000094', 'b1000000-0000-4000-8000-000000000092')
) as circle (id, parent_id)
where item.id = circle.id;
