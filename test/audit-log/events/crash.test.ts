import { afterAll, beforeAll, expect, test } from 'vitest';
import { stormOf } from '../../../scripts/faults/event-faults.ts';
import { storm } from '../../../scripts/faults/event-storm.ts';
import { eventDatabase, spoolDirectory, startServer } from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const storms: Record<string, { seed: number; strokes: readonly string[] }> = {
  'kill -9': { seed: 0b0000000, strokes: ['kill -9'] },
  'kill -9 of two writers in one folder': { seed: 0b0000001, strokes: ['kill -9'] },
  'kill -9 and a crash of Postgres in the middle of a batch': { seed: 0b0000010, strokes: ['crash'] },
  'kill -9 and an immediate stop of Postgres in the middle of a batch': {
    seed: 0b1000000,
    strokes: ['immediate stop'],
  },
  'kill -9 and a torn line': { seed: 0b0000101, strokes: ['torn line'] },
  'kill -9 and a disk that is full now and then': { seed: 0b0001000, strokes: ['fullDisk'] },
  'kill -9 and a disk that fails to sync': { seed: 0b0010001, strokes: ['failedSync'] },
  'kill -9 and a clock that jumps by days and weeks': { seed: 0b0100000, strokes: ['clockJump'] },
  'all of it': {
    seed: 0b1111111,
    strokes: ['kill -9', 'crash', 'immediate stop', 'torn line', 'fullDisk', 'failedSync', 'clockJump'],
  },
};

test.each(Object.entries(storms))('after %s every accepted event is there, exactly once', async (_what, one) => {
  const database = await eventDatabase(server);
  await using directory = await spoolDirectory();
  const report = await storm(stormOf(one.seed), { directory: directory.path, ...database });
  expect(report.accepted).toBeGreaterThan(100);
  expect(Object.keys(report.struck)).toEqual(expect.arrayContaining([...one.strokes]));
  expect(report).toMatchObject({ lost: [], doubled: [], gaps: [] });
  if (!('clockJump' in report.struck)) expect(report.rejected).toBe(0); // an outage is not the fault of an event
});
