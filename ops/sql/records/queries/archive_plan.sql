-- title: What retention would do with every month, and why
-- why: said before it is done, for what goes and for what stays
select 'hot' as tier, partition_name as partition, month::text, decision, reason
from audit.plan_of_partitions('hot')
union all
select 'warm', partition_name, month::text, decision, reason
from audit.plan_of_partitions('warm')
union all
select 'cold', file, month::text,
    case when due_at <= now() and held is null then 'delete' else 'keep' end,
    case
        when held is not null then held
        when due_at <= now() then 'past the cold days of every workspace in it'
        else 'kept until ' || due_at::date
    end
from audit.audit_cold_file_due
where not removed
order by month, tier;
