import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  logAuditEvent,
  makeKeys,
  migrateRecords,
  recordSession,
  Sealer,
  verifyRecords,
} from '../../audit-log/records/index.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { Staging } from '../../test/support/staging.ts';
import { alone, median, ms, sideBySide, timed, type BenchRow } from './measure.ts';
import { benchFolder } from './place.ts';

const rounds = 5;
const bulk = 50_000;
const clients = 16;
const burstMs = 3_000;
const many = Number(process.env['BENCH_RECORDS_COUNT'] ?? 1_000_000);
const trailRecords = Number(process.env['BENCH_TRAIL'] ?? 2_000_000);
const workspace = '11111111-1111-4111-8111-111111111111';

/** The audit record: writing, sealing, verifying, archiving, reading, and writers during maintenance. */
export async function benchRecords(): Promise<BenchRow[]> {
  const parts = [bulkInsert, sealedWriters, sealLag, verifyMany, archiveMonth, maintenance, readTrail];
  const wanted = process.env['BENCH_RECORDS']?.split(',');
  const rows: BenchRow[] = [];
  for (const part of parts.filter(({ name }) => !wanted || wanted.includes(name))) {
    console.error(`  ${part.name}`);
    await using server = await Staging.start({ server: { max_wal_size: '4GB', shared_buffers: '512MB' } });
    await using admin = await server.connect('postgres');
    await admin.query('create database bench');
    await using session = await recordSession(server.target('bench'));
    await migrateRecords(session);
    const measured = await part(server, session);
    for (const { what, ours, other } of measured) console.error(`    ${what}: ${ours} ${other}`);
    rows.push(...measured);
  }
  return rows;
}

/** Against the usual trigger: a row at a time, JSONB, into a table of the same columns, checks and indexes. */
async function bulkInsert(_server: Staging, session: Session): Promise<BenchRow[]> {
  const account = (name: string) =>
    `create table ${name} (id uuid primary key default gen_random_uuid(), ws uuid, name text, email text, amount numeric, meta jsonb, updated_at timestamptz default now())`;
  await session.script(`${account('ours')}; ${account('usual')};
    select audit.track('ours', 'ws', null, '{}', '{}');
    create table usual_log (like audit.audit_events including all);
    create function log_row() returns trigger language plpgsql as $$ begin
      insert into usual_log (created_by_user_id, action_type, resource_type, resource_id, workspace_id, new_values, source)
      values (audit.current_actor(), tg_op, tg_table_schema || '.' || tg_table_name, new.id, new.ws, to_jsonb(new), 'trigger');
      return null; end $$;
    create trigger log_row after insert on usual for each row execute function log_row()`);
  const insert = (table: string) => () =>
    timed(() =>
      session.query(
        `insert into ${table} (ws, name, email, amount, meta)
         select $1, 'name ' || n, 'mail' || n || '@example.org', n, '{"plan": "free", "seats": 3}' from generate_series(1, ${bulk}) as n`,
        [workspace],
      ),
    );
  const result = await sideBySide(rounds, insert('ours'), insert('usual'));
  return [
    {
      what: `bulk insert of ${bulk.toLocaleString('en')} tracked rows`,
      ours: ms(result.ours),
      other: `row-level JSONB trigger, same columns, checks and indexes: ${ms(result.other)}`,
      ratio: result.ratio.toFixed(2),
      bar: '0.75',
    },
  ];
}

/** Single-row inserts of 16 clients on one workspace, while a sealer works and while none does. */
async function sealedWriters(server: Staging, session: Session): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const keys = makeKeys(join(folder.path, 'keys'));
  await using writers = await openWriters(server, clients);
  const burst = async () => burstMs / (await writers.write(burstMs)).length;
  const sealed = async () => {
    const stop = new AbortController();
    using sealer = await Sealer.open({ session, folder: join(folder.path, 'seals'), keys, now: () => new Date() });
    const sealing = sealer.keepSealing(stop.signal, 1_000, () => {});
    const took = await burst();
    stop.abort();
    await sealing;
    return took;
  };
  const unsealed = async () => {
    const took = await burst();
    using sealer = await Sealer.open({ session, folder: join(folder.path, 'seals'), keys, now: () => new Date() });
    await sealer.pass(); // off the clock: the next round begins with nothing to catch up
    return took;
  };
  const result = await sideBySide(rounds, sealed, unsealed);
  return [
    {
      what: `single-row inserts, ${clients} clients, one workspace`,
      ours: `${perSecond(result.ours)}/s while a sealer works`,
      other: `the same, unsealed: ${perSecond(result.other)}/s`,
      ratio: (result.other / result.ours).toFixed(2),
      bar: '≥ 0.95',
    },
  ];
}

/** From a record's own time to the time of the checkpoint that holds it, at 5,000 records a second. */
async function sealLag(server: Staging, session: Session): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const keys = makeKeys(join(folder.path, 'keys'));
  const stop = new AbortController();
  const lags: number[] = [];
  let latest = Date.now();
  using sealer = await Sealer.open({ session, folder: join(folder.path, 'seals'), keys, now: () => new Date() });
  const sealing = sealer.keepSealing(stop.signal, 250, ({ records }) => {
    // the oldest record of this pass came after the pass before had looked
    if (records > 0) lags.push(Date.now() - latest);
    latest = Date.now();
  });
  await using writer = await recordSession(server.target('bench'));
  const startedAt = performance.now();
  for (let batch = 0; batch < 200; batch += 1) {
    await sleep(Math.max(0, startedAt + batch * 100 - performance.now())); // a fixed beat: a slow batch does not slow the rate
    await writer.query(
      `insert into audit.audit_events (created_by_user_id, action_type, resource_type, resource_id, workspace_id, new_values)
       select gen_random_uuid(), 'LAG', 'thing', gen_random_uuid(), $1, '{"n": 1}' from generate_series(1, 500)`,
      [workspace],
    );
  }
  stop.abort();
  await sealing;
  const { rate } = await session.row<{ rate: number }>(
    `select round(count(*) / extract(epoch from max(created_at) - min(created_at))) as rate from audit.audit_events where action_type = 'LAG'`,
  );
  const worst = lags.sort((a, b) => a - b)[Math.ceil(lags.length * 0.99) - 1]!;
  return [
    {
      what: `seal lag, p99, at ${rate.toLocaleString('en')} records/s`,
      ours: ms(worst),
      ...alone,
      bar: '2 s at 5,000/s',
    },
  ];
}

async function verifyMany(_server: Staging, session: Session): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const keys = makeKeys(join(folder.path, 'keys'));
  const seals = join(folder.path, 'seals');
  await fill(session, many, 10);
  let sealing: number;
  {
    using sealer = await Sealer.open({ session, folder: seals, keys, now: () => new Date() });
    sealing = await timed(() => sealer.pass());
  }
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const took = await timed(async () => {
      const report = await verifyRecords({ session, folder: seals, publicKey: keys.publicKey, anchors: [] });
      if (report.verdict !== 'go' || report.records < many) throw new Error(JSON.stringify(report));
    });
    if (round > 0) times.push(took);
  }
  return [
    { what: `seal a backlog of ${many.toLocaleString('en')} records`, ours: ms(sealing), ...alone, bar: '' },
    {
      what: `verify ${many.toLocaleString('en')} records against their seals`,
      ours: ms(median(times)),
      ...alone,
      bar: '10 s at 1M',
    },
  ];
}

/** A month of a million records, moved; against DELETE … RETURNING and INSERT of the same rows and indexes. */
async function archiveMonth(_server: Staging, session: Session): Promise<BenchRow[]> {
  const month = monthsAgo(6);
  const name = `audit_events_${month.slice(0, 7).replace('-', '_')}`;
  await session.query('select audit.make_audit_partition($1, $2)', ['audit_events', month]);
  await fill(session, many, 10, month);
  await session.script(
    `create table usual (like audit.audit_events including all); create table usual_archive (like audit.audit_events including all)`,
  );
  const ours = async () => {
    const took = await timed(() => session.query('select audit.archive_old_audit_events()'));
    // back to hot for the next round
    await session.script(`alter table audit.audit_events_archive detach partition audit.${name.replace('events', 'events_archive')};
      alter table audit.${name.replace('events', 'events_archive')} rename to ${name};
      alter table audit.${name} drop column archived_at, drop column archived_by, drop column archive_reason;
      alter table audit.audit_events attach partition audit.${name} for values from ('${month}') to ('${monthsAgo(5)}');
      drop trigger record_kept on audit.${name}; alter table audit.${name} owner to record_owner; set role record_owner; select audit.guard_record_table('audit.${name}'); reset role`);
    return took;
  };
  const usual = async () => {
    await session.script(`truncate usual_archive, usual; insert into usual select * from audit.${name}; analyze usual`);
    return timed(() =>
      session.query('with gone as (delete from usual returning *) insert into usual_archive select * from gone'),
    );
  };
  const result = await sideBySide(2, ours, usual);
  return [
    {
      what: `archive of a month of ${many.toLocaleString('en')} records`,
      ours: ms(result.ours),
      other: `DELETE … RETURNING + INSERT: ${ms(result.other)}`,
      ratio: result.ratio.toFixed(4),
      bar: '0.02',
    },
  ];
}

/** Two maintenance intervals missed, a long reader open: partitions are made and a month is due for the archive while 8 clients write. */
async function maintenance(server: Staging, session: Session): Promise<BenchRow[]> {
  await session.query('select audit.make_audit_partition($1, $2)', ['audit_events', monthsAgo(6)]);
  await fill(session, 1_000, 1, monthsAgo(6));
  await session.script(
    `drop table audit.audit_events_${monthsAgo(-3).slice(0, 7).replace('-', '_')}, audit.audit_events_${monthsAgo(-2).slice(0, 7).replace('-', '_')}`,
  );
  await using reader = await recordSession(server.target('bench'));
  await reader.query('begin isolation level repeatable read');
  await reader.query('select count(*) from audit.audit_events_all');
  await using writers = await openWriters(server, 8);
  const undisturbed = await writers.write(4_000);
  const writing = writers.write(4_000);
  await sleep(1_000);
  for (let tried = 0; tried < 4; tried += 1) {
    await session.query('select audit.keep_audit_partitions_ahead($1)', [3 + tried]);
    await session.query('select audit.archive_old_audit_events()').catch((error: { code?: string }) => {
      if (error.code !== '55P03') throw error;
    });
    await sleep(500);
  }
  const took = await writing;
  await reader.query('rollback');
  return [
    {
      what: `slowest of ${took.length.toLocaleString('en')} inserts during maintenance under a long reader`,
      ours: `${ms(Math.max(...took))}; ${writers.failed()} failed`,
      other: `no maintenance: ${ms(Math.max(...undisturbed))}`,
      ratio: '',
      bar: '100 ms; 0',
    },
  ];
}

async function readTrail(_server: Staging, session: Session): Promise<BenchRow[]> {
  for (let month = 5; month >= 0; month -= 1) {
    await session.query('select audit.make_audit_partition($1, $2)', ['audit_events', monthsAgo(month)]);
    await fill(session, Math.ceil(trailRecords / 6), 200, monthsAgo(month));
  }
  await session.query('select audit.archive_old_audit_events()');
  await session.query('analyze audit.audit_events');
  await session.query('analyze audit.audit_events_archive');
  const times: number[] = [];
  for (let round = 0; round < 50; round += 1)
    times.push(
      await timed(() =>
        session.query('select * from audit.get_audit_trail(md5($1)::uuid, p_days_back => 400)', [`ws ${round}`]),
      ),
    );
  const { total } = await session.row<{ total: number }>('select count(*) as total from audit.audit_events_all');
  return [
    {
      what: `get_audit_trail, last 100 of a workspace, of ${total.toLocaleString('en')} records`,
      ours: `${median(times).toFixed(1)} ms (slowest ${Math.max(...times).toFixed(1)})`,
      ...alone,
      bar: '5 ms at 20M',
    },
  ];
}

/** Plain records, past the functions: what is measured is not how they came. */
async function fill(session: Session, count: number, workspaces: number, month?: string): Promise<void> {
  await session.query(
    `insert into audit.audit_events (created_at, created_by_user_id, action_type, resource_type, resource_id, workspace_id, new_values)
     select least(clock_timestamp(), coalesce($3::timestamptz + make_interval(secs => n::double precision * 2000000 / $1), clock_timestamp())), md5('user ' || n % 997)::uuid, 'FILL', 'thing', gen_random_uuid(),
         md5('ws ' || n % $2)::uuid, jsonb_build_object('n', n, 'name', 'name ' || n)
     from generate_series(1, $1::bigint) as n`,
    [count, workspaces, month ?? null],
  );
}

interface Writers extends AsyncDisposable {
  /** Writes for so long; the milliseconds of each insert. */
  write(forMs: number): Promise<number[]>;
  failed(): number;
}

async function openWriters(server: Staging, count: number): Promise<Writers> {
  const sessions = await Promise.all(Array.from({ length: count }, () => recordSession(server.target('bench'))));
  let failed = 0;
  const one = async (session: Session, until: number) => {
    const times: number[] = [];
    while (performance.now() < until) {
      times.push(
        await timed(() =>
          logAuditEvent(session, {
            ...{ actionType: 'BENCH', resourceType: 'thing', resourceId: randomUUID(), workspaceId: workspace },
            ...{ createdByUserId: randomUUID(), newValues: { n: times.length }, clear: ['*'] },
          }).catch(() => (failed += 1)),
        ),
      );
    }
    return times;
  };
  return {
    write: async (forMs) => {
      const until = performance.now() + forMs;
      return (await Promise.all(sessions.map((session) => one(session, until)))).flat();
    },
    failed: () => failed,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}

function monthsAgo(count: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count, 1)).toISOString().slice(0, 10);
}

function perSecond(msEach: number): string {
  return Math.round(1_000 / msEach).toLocaleString('en');
}
