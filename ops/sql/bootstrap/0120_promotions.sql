-- title: What was promoted into this database
-- why: whoever died between COMMIT and the close-out finds here whether the change is in

create table audit.promotion (
    promotion_id  text        primary key,
    promoted_at   timestamptz not null default now(),
    run_id        text        not null,
    report_sha256 text        not null check (report_sha256 ~ '^[0-9a-f]{64}$'),
    source_commit text        not null,
    actor         text        not null,
    migrations    jsonb       not null check (jsonb_typeof(migrations) = 'array')
);
comment on table audit.promotion is 'Promotions that were committed, each in the transaction that it describes.';
comment on column audit.promotion.promotion_id is 'The promotion, as its close-out names it.';
comment on column audit.promotion.promoted_at is 'Start of its transaction.';
comment on column audit.promotion.run_id is 'The rehearsal that showed it is safe.';
comment on column audit.promotion.report_sha256 is 'sha256 of that rehearsal''s report, which people signed.';
comment on column audit.promotion.source_commit is 'The commit that was rehearsed and promoted.';
comment on column audit.promotion.actor is 'Who started it.';
comment on column audit.promotion.migrations is 'The files that it applied in its transaction, with their sha256.';

alter table audit.promotion owner to audit_owner;
select audit.make_append_only('audit.promotion');
