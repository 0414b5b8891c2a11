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

const storms = {
  'kill -9': 0b000000,
  'kill -9 of two writers in one folder': 0b000001,
  'kill -9 and a crash of Postgres in the middle of a batch': 0b000010,
  'kill -9 and a torn line': 0b000101,
  'kill -9 and a disk that is full now and then': 0b001000,
  'kill -9 and a disk that fails to sync': 0b010001,
  'kill -9 and a clock that jumps by days and weeks': 0b100000,
  'all of it': 0b111111,
};

test.each(Object.entries(storms))('after %s every accepted event is there, exactly once', async (_what, seed) => {
  const database = await eventDatabase(server);
  await using directory = await spoolDirectory();
  const report = await storm(stormOf(seed), { directory: directory.path, ...database });
  expect(report.accepted).toBeGreaterThan(100);
  expect(report).toMatchObject({ lost: [], doubled: [] });
});
