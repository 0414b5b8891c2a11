-- title: What the files say of tools in [since, until), hour by hour
-- why: the same rows as queries/hours.sql gives, by DuckDB over JSONL and Parquet
select
    strftime(date_trunc('hour', ts), '%Y-%m-%dT%H:%M:%S.000Z') as hour,
    'tool' as dimension,
    tool as key,
    tool,
    status,
    count(*)::double as calls,
    sum(duration_ms)::double as duration_ms,
    sum(in_size)::double as in_size,
    sum(out_size)::double as out_size,
    max(out_size) as largest_out
from event
where ts >= $since::timestamp and ts < $until::timestamp
group by date_trunc('hour', ts), tool, status
