import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  costDigest,
  fileTallies,
  recountedTallies,
  spooledTallies,
  together,
  type Tally,
} from '../../../audit-log/digests/index.ts';
import { cleanup, compact } from '../../../audit-log/events/index.ts';
import { Session } from '../../../ops/postgres/index.ts';
import {
  dayBefore,
  events,
  outside,
  placeOf,
  postgresTallies,
  send,
  spool,
  today,
  weights,
  window,
  yesterday,
} from '../../support/digests.ts';
import { eventDatabase, spoolDirectory, startServer } from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('the digest of a day is the same from', () => {
  const expected = {
    totals: { calls: 4, cost_units: 9.036, failed: 1, denied: 1, error_rate: 0.25 },
    top: {
      tool: [
        { key: 'browser', calls: 1, cost_units: 6, avg_duration_ms: 1_000 },
        { key: 'search', calls: 3, cost_units: 3.036, avg_duration_ms: 12 },
      ],
      workspace: [{ key: 'ws-1' }, { key: 'ws-2', calls: 1 }],
    },
  };

  test('Postgres', async () => {
    const database = await eventDatabase(server);
    await send(database.writer, [...events, ...outside]);
    await using session = await Session.open(database.reader);
    expect(await costDigest(placeOf(await postgresTallies(session)), window, weights)).toMatchObject(expected);
  });

  test('Postgres, counted from the events themselves', async () => {
    const database = await eventDatabase(server);
    await send(database.writer, [...events, ...outside]);
    await using session = await Session.open(database.reader);
    const recounted = recountedTallies(session);
    expect(await costDigest(placeOf(recounted), window, weights)).toMatchObject(expected);
    const rolledUp = await postgresTallies(session);
    expect(sorted(await recounted.total(window))).toEqual(sorted(await rolledUp.total(window)));
    expect(sorted(await recounted.hourly(window))).toEqual(sorted(await rolledUp.hourly(window)));
  });

  test('JSONL files', async () => {
    await using directory = await spoolDirectory();
    spool(directory.path, dayBefore, [events[0]!]); // taken in by the old file, which was not synced yet
    spool(directory.path, yesterday, [...events.slice(1, 3), outside[1]!]);
    spool(directory.path, today, [events[3]!, outside[0]!]); // written after midnight
    const tallies = fileTallies(directory.path, join(directory.path, 'compact'));
    expect(await costDigest(placeOf(tallies), window, weights)).toMatchObject({ ...expected, source_backend: 'jsonl' });
  });

  test('Parquet files, when the JSONL is gone', async () => {
    await using directory = await spoolDirectory();
    const output = join(directory.path, 'compact');
    spool(directory.path, yesterday, events);
    await compact({ directory: directory.path, output, windowDays: 7, now: () => new Date() });
    const tallies = fileTallies(join(directory.path, 'nothing-here'), output);
    expect(await costDigest(placeOf(tallies), window, weights)).toMatchObject(expected);
  });

  test('a Parquet file and the JSONL that is left, when one of its originals is gone', async () => {
    await using directory = await spoolDirectory();
    const output = join(directory.path, 'compact');
    spool(directory.path, yesterday, events.slice(0, 2));
    spool(directory.path, `${yesterday}.2`, events.slice(2));
    await compact({ directory: directory.path, output, windowDays: 7, now: () => new Date() });
    rmSync(join(directory.path, `tool_audit_${yesterday}.jsonl`));
    const tallies = fileTallies(directory.path, output);
    expect(await costDigest(placeOf(tallies), window, weights)).toMatchObject(expected);
  });

  test('JSONL files that the retention gzipped', async () => {
    await using directory = await spoolDirectory();
    spool(directory.path, yesterday, events);
    const later = () => new Date(Date.now() + 3 * 86_400_000);
    await cleanup({
      directory: directory.path,
      retentionDays: 1,
      mode: 'gzip',
      dryRun: false,
      sentFirst: false,
      now: later,
    });
    expect(readdirSync(directory.path)).toContain(`tool_audit_${yesterday}.jsonl.gz`);
    expect(await costDigest(placeOf(fileTallies(directory.path, '')), window, weights)).toMatchObject(expected);
  });

  test('two files of a day, when a crash left an event in both', async () => {
    await using directory = await spoolDirectory();
    spool(directory.path, yesterday, events.slice(0, 3));
    spool(directory.path, `${yesterday}.2`, events.slice(2));
    expect(await costDigest(placeOf(fileTallies(directory.path, '')), window, weights)).toMatchObject(expected);
  });

  test('Postgres and what an outage left in the spool, together', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    await send(database.writer, events.slice(0, 2));
    spool(directory.path, yesterday, events.slice(2));
    await using session = await Session.open(database.reader);
    const tallies = together('both', [await postgresTallies(session), spooledTallies(directory.path)]);
    expect(await costDigest(placeOf(tallies), window, weights)).toMatchObject(expected);
  });
});

function sorted(tallies: readonly Tally[]): string[] {
  return tallies.map((tally) => JSON.stringify(tally)).sort();
}
