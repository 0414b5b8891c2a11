-- title: Ventures and the governance they follow
-- why: a venture states some of its links; the trace of what it states completes them

create view views.vh_governance_snapshot
with (security_barrier) as
select
    venture.id                                                     as venture_id,
    venture.name                                                   as venture_name,
    coalesce(venture.sd_id, trace.sd_id)                           as sd_id,
    coalesce(venture.prd_id, trace.prd_id)                         as prd_id,
    coalesce(venture.backlog_id, trace.backlog_id)                 as backlog_id,
    coalesce(venture.gate_status, trace.gate_status, 'pending')    as gate_status,
    venture.updated_at
from vh.ventures as venture
left join lateral (
    -- one branch per link, so that each finds its rows by index
    select 1 as preference, traced.*
    from views.eng_trace as traced
    where traced.backlog_id = venture.backlog_id

    union all

    select 2, traced.*
    from views.eng_trace as traced
    where traced.prd_id = venture.prd_id

    union all

    select 3, traced.*
    from views.eng_trace as traced
    where traced.sd_id = venture.sd_id

    order by preference, prd_id, backlog_id
    limit 1
) as trace
    on true;

comment on view views.vh_governance_snapshot is
    'One row per venture: its own links, completed by the most exact row of views.eng_trace that matches one of them.';
comment on column views.vh_governance_snapshot.venture_id is 'The venture.';
comment on column views.vh_governance_snapshot.venture_name is 'Its name.';
comment on column views.vh_governance_snapshot.sd_id is 'Its directive, else the trace''s.';
comment on column views.vh_governance_snapshot.prd_id is 'Its requirement, else the trace''s.';
comment on column views.vh_governance_snapshot.backlog_id is 'Its backlog item, else the trace''s.';
comment on column views.vh_governance_snapshot.gate_status is 'Its gate, else the trace''s, else pending.';
comment on column views.vh_governance_snapshot.updated_at is 'Last change of the venture.';
