import { mkdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { costDigest, fileTallies, postgresTallies, type TallySource } from '../../audit-log/digests/index.ts';
import { compact, EventTable, newEvent, openEventStore, type ToolEvent } from '../../audit-log/events/index.ts';
import { loadCostWeights } from '../../ops/policies/index.ts';
import { Session } from '../../ops/postgres/index.ts';
import { eventDatabase, startServer, type EventDatabase } from '../../test/support/events.ts';
import { eventLatency } from './event-latency.ts';
import { eventLoss } from './event-loss.ts';
import { ms, sideBySide, timed, type BenchRow } from './measure.ts';
import { benchFolder } from './place.ts';

const rounds = 5;
const batch = 5_000;
const many = 50_000;
const few = 1_000;
const digested = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);

/** Tool events: writing, the caller's part, loss under kill -9, and digests. */
export async function benchEvents(): Promise<BenchRow[]> {
  await using server = await startServer();
  const database = await eventDatabase(server);
  await using folder = await benchFolder();
  return [
    await againstSingleInserts(database),
    await againstCopy(database),
    await againstSyncPerEvent(folder.path),
    ...(await eventLatency(database, folder.path)),
    await eventLoss(folder.path),
    ...(await digests(await eventDatabase(server), folder.path)),
  ];
}

async function againstSingleInserts({ writer }: EventDatabase): Promise<BenchRow> {
  await using table = new EventTable(writer, 'bench');
  await using session = await Session.open(writer);
  const insert = `insert into audit.tool_audit_events (event_id, ts, req_id, workspace_id, user_id, agent_id, tool, action, status)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
  const ours = () => timed(() => table.write(someEvents(batch)));
  const single = () =>
    timed(async () => {
      for (const { event_id, ts, req_id, workspace_id, user_id, agent_id, tool, action, status } of someEvents(few)) {
        await session.query(insert, [event_id, ts, req_id, workspace_id, user_id, agent_id, tool, action, status]);
      }
    });
  const result = await sideBySide(rounds, ours, single);
  const [our, other] = [perSecond(batch, result.ours), perSecond(few, result.other)];
  return {
    what: `events written, batches of ${batch}`,
    ours: `${rate(our)}/s`,
    other: `an awaited INSERT each: ${rate(other)}/s`,
    ratio: (our / other).toFixed(1),
    bar: '12',
  };
}

/** A table with the same columns, checks and indexes, and neither ledger nor marks. */
async function againstCopy({ writer, admin }: EventDatabase): Promise<BenchRow> {
  await using session = await Session.open(admin);
  await session.script('create table bare (like audit.tool_audit_events including all)');
  await using table = new EventTable(writer, 'bench');
  const ours = async () => {
    const events = someEvents(many);
    return timed(async () => {
      for (let from = 0; from < many; from += batch) await table.write(events.slice(from, from + batch));
    });
  };
  const columns = Object.keys(someEvents(1)[0]!);
  const bare = async () => {
    const rows = someEvents(many)
      .map((event) => columns.map((column) => event[column as keyof ToolEvent] ?? '\\N').join('\t'))
      .join('\n');
    return timed(() => session.copyIn(`copy bare (${columns.join(', ')}) from stdin`, `${rows}\n`));
  };
  const result = await sideBySide(rounds, ours, bare);
  return {
    what: `${many} events written, with ledger and marks`,
    ours: `${rate(perSecond(many, result.ours))}/s`,
    other: `one bare COPY, same columns, checks and indexes: ${rate(perSecond(many, result.other))}/s`,
    ratio: (result.other / result.ours).toFixed(2),
    bar: '0.8',
  };
}

async function againstSyncPerEvent(folder: string): Promise<BenchRow> {
  const ours = async () => {
    const directory = join(folder, 'grouped');
    const events = someEvents(many);
    const store = await openEventStore(storeOf(directory));
    const took = await timed(async () => {
      for (const event of events) store.append(event);
      await store.flush();
    });
    await store[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
    return took;
  };
  const each = async () => {
    mkdirSync(join(folder, 'each'), { recursive: true });
    await using file = await open(join(folder, 'each/events.jsonl'), 'a');
    return await timed(async () => {
      for (const event of someEvents(few)) {
        await file.write(`${JSON.stringify(event)}\n`);
        await file.datasync();
      }
    });
  };
  const result = await sideBySide(rounds, ours, each);
  const [our, other] = [perSecond(many, result.ours), perSecond(few, result.other)];
  return {
    what: 'events into JSONL, durable',
    ours: `${rate(our)}/s`,
    other: `fdatasync per event: ${rate(other)}/s`,
    ratio: (our / other).toFixed(1),
    bar: '30',
  };
}

/** A day of events, in Postgres with its roll-ups, and as Parquet. */
async function digests(database: EventDatabase, folder: string): Promise<BenchRow[]> {
  const directory = join(folder, 'day');
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const since = new Date(`${yesterday}T00:00:00.000Z`);
  const window = { since, until: new Date(since.getTime() + 86_400_000) };
  await loadDay(database, directory, since);
  await compact({ directory, output: folder, windowDays: 2, now: () => new Date() });
  await using session = await Session.open(database.reader);
  const weights = await loadCostWeights('ops/policies');
  const digest = (tallies: TallySource) =>
    costDigest({ tallies, reconcile: async () => undefined, now: () => new Date() }, window, weights);
  await postgresTallies(session); // what is measured is a digest, not the making of a day's roll-ups
  const rollUps = () => timed(async () => expectAll(await digest(await postgresTallies(session))));
  const recount = () =>
    timed(() => session.query('select count(*) from drydock.tool_event_tally($1, $2)', [window.since, window.until]));
  const parquet = () => timed(async () => expectAll(await digest(fileTallies(join(folder, 'nothing'), folder))));
  const inPostgres = await sideBySide(rounds, rollUps, recount);
  const inFiles = await sideBySide(rounds, parquet, recount);
  const what = `cost digest of ${digested.toLocaleString('en')} events`;
  return [
    {
      what: `${what}, from roll-ups`,
      ours: ms(inPostgres.ours),
      other: `recount of the events in Postgres: ${ms(inPostgres.other)}`,
      ratio: inPostgres.ratio.toFixed(3),
      bar: '300 ms; recount 8 s (10M)',
    },
    {
      what: `${what}, from Parquet`,
      ours: ms(inFiles.ours),
      other: `recount of the events in Postgres: ${ms(inFiles.other)}`,
      ratio: inFiles.ratio.toFixed(3),
      bar: '2 s (10M)',
    },
  ];
}

async function loadDay({ writer }: EventDatabase, directory: string, since: Date): Promise<void> {
  await using table = new EventTable(writer, 'bench');
  await using store = await openEventStore({ ...storeOf(directory), now: () => since });
  for (let made = 0; made < digested; made += batch) {
    const events = someEvents(batch, (n) => since.getTime() + Math.floor(((made + n) / digested) * 86_400_000));
    await table.write(events);
    for (const event of events) store.append(event);
    await store.flush();
  }
}

function expectAll({ totals }: { totals: { calls: number } }): void {
  if (totals.calls !== digested) throw new Error(`the digest has ${totals.calls} of ${digested} events`);
}

export function someEvents(count: number, at: (n: number) => number = () => Date.now()): ToolEvent[] {
  return Array.from({ length: count }, (_, n) =>
    newEvent(
      {
        req_id: `req-${n}`,
        workspace_id: `ws-${n % 10}`,
        user_id: `user-${n % 211}`,
        agent_id: `agent-${n % 19}`,
        tool: `tool-${n % 41}`,
        action: 'call',
        status: n % 50 === 0 ? 'failed' : 'pass',
        duration_ms: n % 997,
        in_size: n % 4_001,
        out_size: n % 16_001,
      },
      new Date(at(n)),
    ),
  );
}

function storeOf(directory: string) {
  return { backend: 'jsonl' as const, directory, host: 'bench', now: () => new Date(), note() {} };
}

function perSecond(count: number, tookMs: number): number {
  return (count / tookMs) * 1_000;
}

function rate(value: number): string {
  return Math.round(value).toLocaleString('en');
}
