import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  costDigest,
  costMarkdown,
  dayWindow,
  fileDigest,
  fileTallies,
  privacyDigest,
  privacyMarkdown,
  recountedTallies,
  rollUpDifferences,
  RollUps,
  rollUpTallies,
  spooledTallies,
  together,
  weekOf,
  weekWindow,
  type DigestPlace,
  type Tally,
  type TallySource,
} from '../../../audit-log/digests/index.ts';
import { cleanup, compact, EventTable, type GivenCall, type ToolEvent } from '../../../audit-log/events/index.ts';
import { loadCostWeights } from '../../../ops/policies/index.ts';
import { Session } from '../../../ops/postgres/index.ts';
import { eventAt, eventDatabase, spoolDirectory, startServer } from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const today = new Date().toISOString().slice(0, 10);
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const dayBefore = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
const window = dayWindow(yesterday);
const weights = {
  defaults: { cost_per_call: 1, cost_per_ms: 0.001 },
  tools: { browser: { cost_per_call: 5 } },
  sha256: 'f'.repeat(64),
};

/** The roll-ups as a digest reads them: what came since they were made is rolled up first. */
async function postgresTallies(session: Session): Promise<TallySource> {
  await new RollUps(() => new Date()).freshBy(session);
  return rollUpTallies(session);
}

/** A day with an expensive tool, failures, refusals, and somebody's address as a user id. */
const calls: [time: string, call: Partial<GivenCall>][] = [
  ['00:00:00.000', { tool: 'browser', duration_ms: 1_000, user_id: 'olena@example.org', out_size: 9_000 }],
  ['09:30:00.000', { tool: 'search', status: 'failed', agent_id: 'helion' }],
  ['09:31:00.000', { tool: 'search', status: 'denied', agent_id: 'helion', in_size: 7 }],
  ['23:59:59.999', { tool: 'search', workspace_id: 'ws-2' }],
];
const events = calls.map(([time, call]) => eventAt(`${yesterday}T${time}Z`, call));
const outside = [eventAt(`${today}T00:00:00.000Z`), eventAt(new Date(window.since.getTime() - 1))];

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

describe('anomalies', () => {
  test('are hours that cost or fail three times what the 24 hours before did, with calls enough to say so', async () => {
    await using directory = await spoolDirectory();
    const quiet = Array.from({ length: 48 }, (_, i) => at(i * 0.5 - 24, { tool: 'steady' }));
    const steady = Array.from({ length: 20 }, (_, i) => at(10 + i / 100, { tool: 'steady' }));
    const few = Array.from({ length: 9 }, (_, i) => at(10 + i / 100, { tool: 'rare', status: 'failed' }));
    const regular = Array.from({ length: 480 }, (_, i) => at(i * 0.1 - 24, { tool: 'regular' }));
    const failing = Array.from({ length: 6 }, (_, i) => at(5 + i / 100, { tool: 'regular', status: 'failed' }));
    spool(directory.path, new Date(window.since.getTime() - 86_400_000).toISOString().slice(0, 10), [
      ...quiet,
      ...steady,
      ...few,
      ...regular,
      ...failing,
    ]);
    const tallies = fileTallies(directory.path, '');
    const place = { ...placeOf(tallies) };
    const { anomalies } = await costDigest(place, window, weights);
    expect(anomalies.map(({ kind, tool, hour }) => [kind, tool, hour.slice(11, 13)]).sort()).toEqual([
      ['cost', 'steady', '10'],
      ['errors', 'regular', '05'],
    ]);
  });
});

describe('a privacy digest', () => {
  test('finds personal data in names and masks it, counts sizes and refusals, and says what of the retention holds', async () => {
    await using directory = await spoolDirectory();
    const personal: Partial<GivenCall>[] = [
      { user_id: 'card-4111-1111-1111-1111' },
      { user_id: 'card-4111-1111-1111-1112' }, // not a card: the check digit is wrong
      { user_id: '+380-44-123-4567' },
      { workspace_id: 'passport:FE123456' },
    ];
    spool(directory.path, yesterday, [...events, ...personal.map((call, i) => at(12 + i / 10, call))]);
    const digest = await privacyDigest(
      placeOf(fileTallies(directory.path, '')),
      window,
      { audit_jsonl_days: 30, audit_postgres_days: 90 },
      { jsonl: '2020-01-01', postgres: undefined },
    );
    expect(digest.findings.map(({ id, level }) => [id, level])).toEqual([
      ['DG-PII-003', 'error'],
      ['DG-PII-001', 'warning'],
      ['DG-PII-002', 'warning'],
      ['DG-PII-004', 'warning'],
    ]);
    expect(privacyMarkdown(digest, 1)).not.toContain('olena@');
    expect(digest.sizes.largest[0]).toEqual({ tool: 'browser', largest_out: 9_000 });
    expect(digest.denied).toEqual([{ agent: 'helion', tool: 'search', calls: 1 }]);
    expect(digest.retention.map(({ place, verdict }) => [place, verdict])).toEqual([
      ['jsonl', 'no-go'],
      ['postgres', 'unproven'],
    ]);
  });
});

describe('a filed digest', () => {
  test('is left alone while it says the same, and restated with a version when late events change it', async () => {
    await using directory = await spoolDirectory();
    const path = join(directory.path, 'cost', yesterday);
    const make = async (count: number) => {
      spool(directory.path, yesterday, events.slice(0, count));
      return fileDigest(path, await costDigest(placeOf(fileTallies(directory.path, '')), window, weights), {
        md: costMarkdown,
      });
    };
    expect(await make(2)).toMatchObject({ isNew: true, digest: { version: 1, restates: null } });
    expect(await make(2)).toMatchObject({ isNew: false, digest: { version: 1 } });
    const restated = await make(3);
    expect(restated).toMatchObject({
      isNew: true,
      digest: { version: 2, restates: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(readFileSync(`${path}.md`, 'utf8')).toContain('version 2: it replaces version 1');
    expect(JSON.parse(readFileSync(`${path}.json`, 'utf8'))).toEqual(restated.digest);
  });

  test('does not let a name change its Markdown', async () => {
    await using directory = await spoolDirectory();
    spool(directory.path, yesterday, [at(1, { user_id: 'a_b~c' })]);
    const digest = await costDigest(placeOf(fileTallies(directory.path, '')), window, weights);
    expect(costMarkdown(digest, 1)).toContain('| a\\_b~c |');
  });

  test('calls itself no-go when its window does not balance, and unproven when nothing can be compared', async () => {
    await using directory = await spoolDirectory();
    const none: TallySource = fileTallies(directory.path, '');
    const gap = {
      source: 'x',
      emitted: 3,
      stored: 1,
      spooled: 1,
      rejected: 0,
      balanced: false,
      gaps: [{ minute: 'then', emitted: 3, stored: 1, spooled: 1, rejected: 0 }],
    };
    const incomplete = await costDigest({ ...placeOf(none), reconcile: async () => gap }, window, weights);
    expect(incomplete.completeness).toMatchObject({
      verdict: 'no-go',
      reason: expect.stringContaining('1 minutes do not balance'),
    });
    expect((await costDigest(placeOf(none), window, weights)).completeness.verdict).toBe('unproven');
    expect((await costDigest(placeOf(none), window, weights)).totals).toMatchObject({ calls: 0, error_rate: null });
  });
});

describe('weeks', () => {
  test.each([
    ['2024-12-30', '2025-W01'],
    ['2026-12-31', '2026-W53'],
    ['2027-01-03', '2026-W53'],
    ['2025-09-22', '2025-W39'],
  ])('%s is in %s', (day, week) => {
    expect(weekOf(new Date(`${day}T12:00:00Z`))).toBe(week);
    const { since, until } = weekWindow(week);
    expect(since.getUTCDay()).toBe(1);
    expect(Date.parse(day)).toBeGreaterThanOrEqual(since.getTime());
    expect(Date.parse(day)).toBeLessThan(until.getTime());
  });

  test('that do not exist are refused', () => {
    for (const week of ['2025-W53', '2025-W00', '2025-39', 'x'])
      expect(() => weekWindow(week)).toThrow('is not a week');
    expect(() => dayWindow('2025-02-30')).toThrow('is not a day');
  });
});

test('the weights that come along can be read, and a policy with a wrong key is refused by name', async () => {
  expect((await loadCostWeights('ops/policies')).defaults.cost_per_call).toBe(1);
  await using directory = await spoolDirectory();
  mkdirSync(directory.path);
  writeFileSync(join(directory.path, 'cost_weights.yml'), 'defaults: { cost_per_cal: 1 }\ntools: {}\n');
  await expect(loadCostWeights(directory.path)).rejects.toMatchObject({
    code: 'CONFIG_POLICY',
    message: expect.stringContaining('cost_per_cal'),
  });
});

function placeOf(tallies: TallySource): DigestPlace {
  return { tallies, reconcile: async () => undefined, now: () => new Date() };
}

/** An event so many hours into yesterday. */
function at(hours: number, call: Partial<GivenCall> = {}): ToolEvent {
  return eventAt(new Date(window.since.getTime() + hours * 3_600_000), call);
}

async function send(target: ConstructorParameters<typeof EventTable>[0], sent: readonly ToolEvent[]): Promise<void> {
  await using table = new EventTable(target, 'host-1');
  await table.write(sent);
}

function spool(directory: string, day: string, spooled: readonly ToolEvent[]): void {
  mkdirSync(directory, { recursive: true });
  const lines = spooled.map((event) => `${JSON.stringify(event)}\n`);
  writeFileSync(join(directory, `tool_audit_${day}.jsonl`), lines.join(''));
}

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
