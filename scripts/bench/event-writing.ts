import { mkdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { EventTable, openEventStore, type ToolEvent } from '../../audit-log/events/index.ts';
import { Session } from '../../ops/postgres/index.ts';
import type { EventDatabase } from '../../test/support/events.ts';
import { sideBySide, timed, type BenchRow } from './measure.ts';
import { someEvents } from './some-events.ts';

const rounds = 5;
const batch = 10_000;
const many = 50_000;
const few = 1_000;

/** Batches of one writer against INSERTs that are each waited for. */
export async function againstSingleInserts({ writer }: EventDatabase): Promise<BenchRow> {
  await using table = new EventTable(writer, 'bench');
  await using session = await Session.open(writer);
  const insert = `insert into audit.tool_audit_events (event_id, ts, req_id, workspace_id, user_id, agent_id, tool, action, status)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
  const ours = () => {
    const events = someEvents(batch);
    return timed(() => table.write(events));
  };
  const single = () => {
    const events = someEvents(few);
    return timed(async () => {
      for (const { event_id, ts, req_id, workspace_id, user_id, agent_id, tool, action, status } of events) {
        await session.query(insert, [event_id, ts, req_id, workspace_id, user_id, agent_id, tool, action, status]);
      }
    });
  };
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

/** Batches of one writer against one COPY into a table with the same columns, checks and indexes, and neither ledger nor marks. */
export async function againstCopy({ writer, admin }: EventDatabase): Promise<BenchRow> {
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

/** A file whose lines share an fdatasync against one that syncs each. */
export async function againstSyncPerEvent(folder: string): Promise<BenchRow> {
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

function storeOf(directory: string) {
  return { backend: 'jsonl' as const, directory, host: 'bench', now: () => new Date(), note() {} };
}

function perSecond(count: number, tookMs: number): number {
  return (count / tookMs) * 1_000;
}

function rate(value: number): string {
  return Math.round(value).toLocaleString('en');
}
