import { join } from 'node:path';
import {
  costDigest,
  fileTallies,
  recountedTallies,
  RollUps,
  rollUpTallies,
  type TallySource,
} from '../../audit-log/digests/index.ts';
import { compact, openEventStore, type Window } from '../../audit-log/events/index.ts';
import { loadCostWeights } from '../../ops/policies/index.ts';
import { Session } from '../../ops/postgres/index.ts';
import type { EventDatabase } from '../../test/support/events.ts';
import { alone, median, ms, timed, type BenchRow } from './measure.ts';
import { someEvents } from './some-events.ts';

const rounds = 5;
const batch = 50_000;
const dayMs = 86_400_000;

/** A day of events in Postgres, and the same as Parquet. */
export interface LoadedDay {
  readonly database: EventDatabase;
  /** Of the Parquet file. */
  readonly folder: string;
  readonly window: Window;
  readonly events: number;
}

export async function loadDay(database: EventDatabase, folder: string, events: number): Promise<LoadedDay> {
  const today = new Date(Math.floor(Date.now() / dayMs) * dayMs);
  const since = new Date(today.getTime() - dayMs);
  await loadTable(database, since, events);
  await loadParquet(folder, since, events);
  return { database, folder, window: { since, until: today }, events };
}

/** By one statement, because what is measured is not the writing; and rolled up, for the same reason. */
export async function loadTable({ admin }: EventDatabase, since: Date, events: number): Promise<void> {
  await using session = await Session.open(admin);
  await session.query(
    `insert into audit.tool_audit_events
       (event_id, ts, req_id, workspace_id, user_id, agent_id, tool, action, status, duration_ms, in_size, out_size)
     select gen_random_uuid(), $1::timestamptz + n * interval '1 day' / $2::integer, 'req-' || n, 'ws-' || n % 10, 'user-' || n % 211,
       'agent-' || n % 19, 'tool-' || n % 41, 'call', case when n % 50 = 0 then 'failed' else 'pass' end,
       n % 997, n % 4001, n % 16001
     from generate_series(0, $2::integer - 1) as n`,
    [since, events],
  );
  await session.query(
    `insert into drydock.tool_event_changed_hour select $1::timestamptz + hour * interval '1 hour' from generate_series(0, 23) as hour`,
    [since],
  );
  await session.query('select drydock.refresh_tool_event_hours()');
  await session.query('vacuum analyze audit.tool_audit_events, drydock.tool_event_hour, drydock.tool_event_span');
}

async function loadParquet(folder: string, since: Date, events: number): Promise<void> {
  const directory = join(folder, 'day');
  {
    await using store = await openEventStore({
      backend: 'jsonl',
      directory,
      host: 'bench',
      now: () => since,
      note() {},
    });
    for (let made = 0; made < events; made += batch) {
      for (const event of someEvents(batch, (n) => since.getTime() + Math.floor(((made + n) / events) * dayMs))) {
        store.append(event);
      }
      await store.flush();
    }
  }
  await compact({ directory, output: folder, windowDays: 2, now: () => new Date() });
}

/** The roll-ups as a digest reads them: what came since they were made is rolled up first. */
async function freshTallies(session: Session): Promise<TallySource> {
  await new RollUps(() => new Date()).freshBy(session);
  return rollUpTallies(session);
}

/** The cost digest of that day from each place, which must all have every event. */
export async function measureDigests({ database, folder, window, events }: LoadedDay): Promise<BenchRow[]> {
  await using session = await Session.open(database.reader);
  const weights = await loadCostWeights('ops/policies');
  const row = async (place: string, bar: string, open: () => Promise<TallySource>): Promise<BenchRow> => {
    const times: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const took = await timed(async () => {
        const source = { tallies: await open(), reconcile: async () => undefined, now: () => new Date() };
        const { totals } = await costDigest(source, window, weights);
        if (totals.calls !== events) throw new Error(`the digest has ${totals.calls} of ${events} events`);
      });
      if (round > 0) times.push(took);
    }
    const what = `cost digest of ${events.toLocaleString('en')} events, ${place}`;
    return { what, ours: ms(median(times)), ...alone, bar };
  };
  return [
    await row('from roll-ups', '300 ms (10M)', () => freshTallies(session)),
    await row('from Parquet', '2 s (10M)', async () => fileTallies(join(folder, 'nothing'), folder)),
    await row('recounted in Postgres', '8 s (10M)', async () => recountedTallies(session)),
  ];
}
