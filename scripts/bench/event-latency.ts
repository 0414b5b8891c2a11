import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newEvent, openEventStore, type EventStore } from '../../audit-log/events/index.ts';
import type { Target } from '../../ops/postgres/index.ts';
import type { EventDatabase } from '../../test/support/events.ts';
import { alone, median, type BenchRow } from './measure.ts';

const rounds = 5;
const calls = 20_000;
/** A gateway that makes a few thousand calls a second. */
const burst = 20;

/** What a tool call waits for its audit, with Postgres up and with it down. */
export async function eventLatency({ writer }: EventDatabase, folder: string): Promise<BenchRow[]> {
  const nobodyThere: Target = { ...writer, port: 9 };
  return [
    await row('up', writer, join(folder, 'up'), '50 µs'),
    await row('down', nobodyThere, join(folder, 'down'), '100 µs'),
  ];
}

async function row(state: string, target: Target, directory: string, bar: string): Promise<BenchRow> {
  await using store = await openEventStore({
    backend: 'auto',
    directory,
    target,
    host: 'bench',
    now: () => new Date(),
    note() {},
  });
  await measure(store); // warm
  const figures: number[] = [];
  for (let round = 0; round < rounds; round += 1) figures.push(await measure(store));
  return {
    what: `caller's p99 for one event, backend auto, Postgres ${state}`,
    ours: `${median(figures).toFixed(1)} µs`,
    ...alone,
    bar,
  };
}

/** @returns the 99th percentile, in microseconds, of making an event and appending it */
async function measure(store: EventStore): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < calls; n += 1) {
    const startedAt = process.hrtime.bigint();
    store.append(newEvent(call, new Date()));
    took.push(Number(process.hrtime.bigint() - startedAt) / 1_000);
    if (n % burst === burst - 1) await sleep(1);
  }
  return took.sort((a, b) => a - b)[Math.floor(took.length * 0.99)]!;
}

const call = {
  req_id: 'req-1',
  workspace_id: 'ws-1',
  user_id: 'user-1',
  agent_id: 'sofiia',
  tool: 'search',
  action: 'query',
  status: 'pass' as const,
};
