import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { costDigest, recountedTallies, rollUpDifferences, type Tally } from '../../../audit-log/digests/index.ts';
import { Session } from '../../../ops/postgres/index.ts';
import { events, outside, placeOf, postgresTallies, send, weights, window, yesterday } from '../../support/digests.ts';
import { eventDatabase, startServer } from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('roll-ups', () => {
  test('follow late events, and a check finds one that does not say what the events say', async () => {
    const database = await eventDatabase(server);
    await using session = await Session.open(database.reader);
    await using admin = await Session.open(database.admin);
    const differences = () => rollUpDifferences(session, window);
    const totals = async () =>
      (await costDigest(placeOf(await postgresTallies(session)), window, weights)).totals.calls;
    await send(database.writer, events.slice(0, 2));
    expect(await totals()).toBe(2);
    await send(database.writer, events.slice(2));
    expect(await totals()).toBe(4);
    expect(await differences()).toEqual([]);
    await admin.query(`update drydock.tool_event_hour set calls = calls + 1 where hour = $1`, [
      `${yesterday}T09:00:00Z`,
    ]);
    expect(await differences()).toMatchObject([{ hour: `${yesterday}T09:00:00.000Z` }]);
  });

  test('of spans that are over are read in place of their hours, follow late events, and are checked too', async () => {
    const database = await eventDatabase(server);
    await using session = await Session.open(database.reader);
    await using admin = await Session.open(database.admin);
    const total = async () => sum(await (await postgresTallies(session)).total(window));
    await send(database.writer, [...events.slice(0, 2), ...outside]);
    expect(await total()).toBe(2);
    await admin.query('update drydock.tool_event_hour set calls = calls + 100');
    expect(await total()).toBe(2);
    await send(database.writer, events.slice(2));
    expect(await total()).toBe(4); // the span of the first event had no late one, and is not made anew
    await admin.query(`insert into drydock.tool_event_changed_hour select hour from drydock.tool_event_hour`);
    expect(await total()).toBe(4);
    expect(await rollUpDifferences(session, window)).toEqual([]);
    for (const hours of [6, 24]) {
      await admin.query('update drydock.tool_event_span set calls = calls + 1 where begins = $1 and hours = $2', [
        window.since,
        hours,
      ]);
      expect(await rollUpDifferences(session, window)).toMatchObject([{ hour: window.since.toISOString() }]);
      await admin.query('update drydock.tool_event_span set calls = calls - 1 where begins = $1 and hours = $2', [
        window.since,
        hours,
      ]);
    }
  });

  test('say what the events say in windows of days, of hours and of both', async () => {
    const database = await eventDatabase(server);
    await send(database.writer, [...events, ...outside]);
    await using session = await Session.open(database.reader);
    await session.query("set timezone = 'America/St_Johns'"); // days are UTC, wherever the reader is
    const rolledUp = await postgresTallies(session);
    const { since, until } = window;
    for (const [first, last] of [
      [0, 0],
      [-1, 0],
      [0, 1],
      [-30, 1],
      [1, 0],
      [0, -1],
      [9, -14],
      [24, 1],
    ] as const) {
      const hours = { since: hoursFrom(since, first), until: hoursFrom(until, last) };
      expect(sorted(await rolledUp.total(hours)), `${first} ${last}`).toEqual(
        sorted(await recountedTallies(session).total(hours)),
      );
    }
  });

  test('of yesterday are made when its last hour was rolled up before midnight', async () => {
    const database = await eventDatabase(server);
    await using session = await Session.open(database.reader);
    await using admin = await Session.open(database.admin);
    await send(database.writer, events);
    await postgresTallies(session);
    await admin.query('delete from drydock.tool_event_span'); // as it was when the day was not over
    expect(sum(await (await postgresTallies(session)).total(window))).toBe(4);
    const { rows } = await admin.query(
      `select begins, hours from drydock.tool_event_span where begins >= $1 and begins < $2 group by 1, 2 order by 2, 1`,
      [window.since, window.until],
    );
    expect(rows.map(({ hours }) => hours)).toEqual([6, 6, 6, 24]); // nothing happened from 12 to 18
  });
});

function sorted(tallies: readonly Tally[]): string[] {
  return tallies.map((tally) => JSON.stringify(tally)).sort();
}

/** Calls, each counted once. */
function sum(tallies: readonly Tally[]): number {
  return tallies.reduce((calls, tally) => calls + (tally.dimension === 'tool' ? tally.calls : 0), 0);
}

function hoursFrom(time: Date, hours: number): Date {
  return new Date(time.getTime() + hours * 3_600_000);
}
