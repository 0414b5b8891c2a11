import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Connections } from '../../stage/connections.ts';
import { Staging, tinyFile } from '../support/staging.ts';

let staging: Staging;
let connections: Connections;

beforeAll(async () => {
  staging = await Staging.start({ file: tinyFile });
});
afterAll(() => staging?.[Symbol.asyncDispose]());
beforeEach(() => {
  connections = new Connections(staging.target('postgres'));
});

/** Runs statements on a connection of a step, one of which fails. @returns what was thrown */
async function failOn(step: string, sql: string, options: { probe?: boolean } = {}): Promise<unknown> {
  await using session = await connections.open(step, options);
  const thrown: unknown = await session.script(sql).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Error);
  return thrown;
}

/** By both witnesses; the server's log is read whole, however late its collector is. */
const measure = (ended: string[] = []) => connections.measureErrors(staging.instance.logFile, { ended });

test('every statement of every connection is counted, and none failed', async () => {
  await using first = await connections.open('apply');
  await using second = await connections.open('check');
  await first.script('select 1; select 2');
  await second.query('select 3');
  expect(await connections.measureErrors(undefined)).toMatchObject({
    id: 'meter/errors',
    title: 'No statement failed, by our count',
    examined: 3,
    violations: 0,
    verdict: 'go',
  });
});

test('nothing sent is nothing shown', async () => {
  expect(await connections.measureErrors(undefined)).toMatchObject({ verdict: 'unproven' });
});

test('an error is seen by our count and, with its words, in the log of the server', async () => {
  await failOn('first', 'select 1; select nope_one');
  expect(await measure()).toMatchObject({
    title: 'No statement failed, by our count and by the server’s log',
    verdict: 'no-go',
    violations: 1,
    findings: [{ object: 'drydock first', detail: 'column "nope_one" does not exist (42703)' }],
  });
  expect(await connections.measureErrors(undefined)).toMatchObject({ violations: 1, findings: [] });
});

test('the error that stopped the run counts, and is told as that and not a second time; one that was like it is', async () => {
  const refused = await failOn('stopped', 'select stopped_by_this');
  await failOn('stopped', 'select stopped_by_this');
  const told = async (failure?: unknown) => {
    const { violations, findings } = await connections.measureErrors(staging.instance.logFile, { failure });
    return { violations, of: findings.filter(({ object }) => object === 'drydock stopped').length };
  };
  const { violations, of } = await told();
  expect(of).toBe(2);
  const wrapped = new Error('what the step says', { cause: refused });
  expect(await told(wrapped)).toEqual({ violations, of: 1 });
  expect(await told(new Error('no error of the server'))).toEqual({ violations, of: 2 });
});

test('an error that the server alone saw counts: one of another process of the run', async () => {
  const other = new Connections(staging.target('postgres'));
  await using lost = await other.open('lost');
  await expect(lost.query('select lost_and_found')).rejects.toThrow();
  expect((await measure()).findings).toContainEqual({
    level: 'error',
    object: 'drydock lost',
    detail: 'column "lost_and_found" does not exist (42703)',
  });
});

test('an error is in the log as soon as it is asked for, a hundred times of a hundred', async () => {
  for (let time = 0; time < 100; time += 1) {
    await failOn('often', `select missing_${time}`);
    expect((await measure()).findings.at(-1)!.detail).toContain(`missing_${time}`);
  }
});

test('a log into which the server writes nothing is no witness', async () => {
  await failOn('first', 'select nope');
  const measurement = await connections.measureErrors(join(tmpdir(), 'no-such.log'));
  expect(measurement).toMatchObject({ title: 'No statement failed, by our count', violations: 1, findings: [] });
}, 30_000);

test.each(['keeper', 'mcp', 'clone'])('an error of what goes on beside a run does not count: %s', async (name) => {
  const other = new Connections(staging.target('postgres'));
  await using session = await other.open(name);
  await expect(session.query(`select of_a_${name}`)).rejects.toThrow();
  expect((await measure()).findings.map(({ object }) => object)).not.toContain(`drydock ${name}`);
});

test('what a probe is refused is its result, and not an error', async () => {
  await failOn('isolate', 'select refused_to_a_probe', { probe: true });
  await failOn('after', 'select that_came_later');
  const details = (await measure()).findings.map(({ detail }) => detail).join();
  expect(details).toContain('that_came_later');
  expect(details).not.toContain('refused_to_a_probe');
});

test('of a login that was ended on purpose, its end is no error, and its other errors are', async () => {
  await using admin = await staging.connect('postgres');
  const password = 'a-password-of-its-own';
  await admin.script(`create role ended login password '${password}'; grant connect on database postgres to ended`);
  const target = { ...staging.target('postgres'), user: 'ended', password };
  const session = await connections.open('lease', { target });
  await expect(session.query('select an_error_before_its_end')).rejects.toThrow();
  await admin.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'ended'`);
  await admin.query('alter role ended nologin');
  await expect(connections.open('lease', { target })).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
  await session.close();
  const details = async (ended: string[]) =>
    (await measure(ended)).findings.filter(({ object }) => object === 'drydock lease').map(({ detail }) => detail);
  const itsOwn = 'column "an_error_before_its_end" does not exist (42703)';
  const itsEnd = 'terminating connection due to administrator command (57P01)';
  expect(await details([])).toEqual([itsOwn, itsEnd]);
  expect(await details(['ended'])).toEqual([itsOwn]);
});

test('all that waits is cancelled at once, a probe’s wait included, and nobody else’s', async () => {
  const ours = [await connections.open('backfill'), await connections.open('isolate', { probe: true })];
  const stranger = await staging.connect('postgres');
  const waits = [...ours, stranger].map((session) =>
    expect(session.query('select pg_sleep(60)')).rejects.toMatchObject({ code: '57014' }),
  );
  await untilAsleep(3);
  await connections.cancelAll();
  await Promise.all(waits.slice(0, 2));
  expect(await sleepers('pid')).toHaveLength(1);
  await sleepers('pg_catalog.pg_cancel_backend(pid)');
  await waits[2];
  for (const session of [...ours, stranger]) await session.close();
});

async function sleepers(expression: string): Promise<unknown[]> {
  await using session = await staging.connect('postgres');
  return (await session.query(`select ${expression} from pg_stat_activity where wait_event = 'PgSleep'`)).rows;
}

async function untilAsleep(sessions: number): Promise<void> {
  while ((await sleepers('pid')).length < sessions);
}

test('the log of a server that is gone is read as far as it goes', async () => {
  await failOn('gone', 'select before_the_end');
  await measure();
  const orphaned = new Connections({ ...staging.target('postgres'), port: 1 });
  const { findings } = await orphaned.measureErrors(staging.instance.logFile);
  expect(findings.map(({ detail }) => detail)).toContain('column "before_the_end" does not exist (42703)');
});
