import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tryLock } from '../../ops/lock.ts';
import { Session } from '../../ops/postgres/index.ts';
import { drydock, start, urlOf, workFolder } from '../support/event-command.ts';
import {
  call,
  eventAt,
  eventDatabase,
  manyEvents,
  startServer,
  storedIds,
  type EventDatabase,
} from '../support/events.ts';
import type { Staging } from '../support/staging.ts';

let server: Staging;
let database: EventDatabase;
beforeAll(async () => {
  server = await startServer();
  database = await eventDatabase(server);
});
afterAll(() => server[Symbol.asyncDispose]());

describe('drydock events', () => {
  test('a reader that goes away early is no error', async () => {
    await using folder = await workFolder();
    await drydock(folder.path, ['events', 'append'], { input: `${JSON.stringify(call)}\n`.repeat(2_000) });
    const child = start(folder.path, ['events', 'tail', '--lines', '2000']);
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('an outage is spooled, replayed and balanced, and the digest has every event', async () => {
    await using folder = await workFolder();
    const auto = { AUDIT_BACKEND: 'auto', DATABASE_URL: urlOf({ ...database.writer, port: 9 }) };
    const input = `${JSON.stringify(call)}\n`.repeat(3);
    const append = await drydock(folder.path, ['events', 'append'], { input, env: auto });
    expect(append.code).toBe(0);
    expect(append.stderr).toContain('switching to JSONL fallback');
    expect(append.stderr).not.toContain(database.writer.password);

    const back = { AUDIT_BACKEND: 'auto', DATABASE_URL: urlOf(database.admin) };
    const replay = await drydock(folder.path, ['events', 'replay', '--json'], { env: back });
    expect(JSON.parse(replay.stdout)).toMatchObject({ stored: 3, duplicates: 0, rejected: 0 });
    expect(await storedIds(database)).toHaveLength(3);
    expect((await drydock(folder.path, ['events', 'reconcile'], { env: back })).stdout).toMatch(
      /3 emitted = 3 stored \+ 0 spooled \+ 0 rejected: balanced/,
    );
    const digest = await drydock(folder.path, ['digest', 'cost', '--window-hours', '24', '--json'], { env: back });
    expect(JSON.parse(digest.stdout)).toMatchObject({
      totals: { calls: 3 },
      completeness: { reconciliation: { stored: 3 } },
    });
  });

  test.each([[['reconcile']], [['tail']]])(
    '%j tells a login that may only write which role would help',
    async (args) => {
      await using folder = await workFolder();
      const env = { AUDIT_BACKEND: 'auto', DATABASE_URL: urlOf(database.writer) };
      const { code, stderr } = await drydock(folder.path, ['events', ...args], { env });
      expect(stderr).toMatch(/^EVENTS_NO_TABLE: .*\n.*member of tool_event_reader\./);
      expect(code).toBe(1);
    },
  );

  test('tail shows the newest events, oldest first, wherever they are', async () => {
    await using folder = await workFolder();
    const env = { AUDIT_BACKEND: 'postgres', DATABASE_URL: urlOf((await eventDatabase(server)).admin) };
    const events = manyEvents(4);
    const input = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    for (const place of [env, {}]) {
      await drydock(folder.path, ['events', 'append'], { input, env: place });
      const { stdout } = await drydock(folder.path, ['events', 'tail', '--lines', '3'], { env: place });
      expect(stdout).toBe(
        events
          .slice(1)
          .map((event) => `${JSON.stringify(event)}\n`)
          .join(''),
      );
    }
  });

  test('partitions are told from tables of others whatever the planner reads first', async () => {
    await using session = await Session.open(database.admin);
    await session.script(
      'create table strangers_burst_1 (id int); set enable_nestloop = off; set enable_mergejoin = off',
    );
    const { rows } = await session.query("select day from audit.tool_event_partition where day > '2000-01-01'");
    expect(rows.length).toBeGreaterThan(0);
  });

  test('a folder of files that is not there, and a tail of nothing, are said', async () => {
    await using folder = await workFolder();
    const env = { DATABASE_URL: urlOf(database.admin) };
    for (const action of ['compact', 'cleanup', 'tail', 'replay']) {
      const { code, stderr } = await drydock(folder.path, ['events', action, '--audit-dir', `no-${action}`], { env });
      expect([action, code]).toEqual([action, 0]);
      expect(stderr).toContain(
        `There is no folder ${join(folder.path, `no-${action}`)}, so there are no events in files.`,
      );
    }
    const { stdout, stderr } = await drydock(folder.path, ['events', 'tail', '--json']);
    expect([stdout, stderr]).toEqual(['[]\n', expect.stringContaining('There is no event.')]);
  });

  test('reconcile is no-go when events are missing, and unproven when there are none', async () => {
    await using folder = await workFolder();
    const env = { AUDIT_BACKEND: 'auto', DATABASE_URL: urlOf((await eventDatabase(server)).admin) };
    expect((await drydock(folder.path, ['events', 'reconcile'], { env })).code).toBe(4);
    await drydock(folder.path, ['events', 'append'], { input: `${JSON.stringify(call)}\n` });
    const directory = join(folder.path, '.drydock/audit');
    const [name] = readdirSync(directory).filter((entry) => entry.endsWith('.jsonl'));
    await writeFile(join(directory, `${name}.stored`), '{"offset":100000}');
    const { code, stdout } = await drydock(folder.path, ['events', 'reconcile'], { env });
    expect(stdout).toMatch(
      /1 emitted = 0 stored \+ 0 spooled \+ 0 rejected: NOT balanced\.\n {2}\S+: 1 ≠ 0 \+ 0 \+ 0\n/,
    );
    expect(code).toBe(3);
  });

  test('cleanup removes partitions by the policy, and keeps files that are not in Postgres', async () => {
    await using folder = await workFolder();
    const own = await eventDatabase(server);
    await using admin = await Session.open(own.admin);
    await admin.query(`select audit.make_tool_event_partitions('2020-01-01', '2020-01-02')`);
    const directory = join(folder.path, '.drydock/audit');
    await mkdir(directory, { recursive: true });
    await writeFile(
      join(directory, 'tool_audit_2020-01-01.jsonl'),
      `${JSON.stringify(eventAt('2020-01-01T00:00:00Z'))}\n`,
    );
    const env = { DATABASE_URL: urlOf(own.retention) };
    const clean = async (...flags: string[]) =>
      JSON.parse((await drydock(folder.path, ['events', 'cleanup', '--json', ...flags], { env })).stdout);
    const expected = {
      files: [{ done: 'kept' }],
      partitions: [{ partition_name: 'tool_audit_events_20200101' }, { partition_name: 'tool_audit_events_20200102' }],
    };
    expect(await clean('--dry-run')).toMatchObject(expected);
    expect(await clean()).toMatchObject(expected);
    expect(await clean()).toMatchObject({ files: [{ done: 'kept' }], partitions: [] });
  });

  test('migrate says what a login without rights lacks', async () => {
    await using session = await Session.open(database.admin);
    await session.script(`create role passer_by login password 'x'`);
    const target = { ...database.admin, user: 'passer_by', password: 'x' };
    await using folder = await workFolder();
    const { code, stderr } = await drydock(folder.path, ['events', 'migrate'], {
      env: { DATABASE_URL: urlOf(target) },
    });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^STORE_FORBIDDEN: passer_by may not/),
    });
  });

  test('migrate --dry-run prints the DDL and needs no database', async () => {
    await using folder = await workFolder();
    const { code, stdout } = await drydock(folder.path, ['events', 'migrate', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain('create table audit.tool_audit_events');
  });

  test.each([
    [['events', 'replay'], {}, 1, 'EVENTS_NO_URL'],
    [['events', 'replay'], { DATABASE_URL: 'postgresql://x:secretsecret@127.0.0.1:9/x' }, 1, 'CONNECT_FAILED'],
    [['events', 'tail'], { AUDIT_BACKEND: 'postgre' }, 2, 'Did you mean postgres?'],
    [['events', 'append'], { AUDIT_RETRY_SECONDS: 'soon' }, 2, 'AUDIT_RETRY_SECONDS=soon is not a whole number'],
    [['events', 'tail', '--lines', 'all'], {}, 2, '--lines all is not a whole number'],
    [['digest', 'cost', '--date', 'monday'], {}, 2, '"monday" is not a day'],
    [['digest', 'drift', '--week', '2025-W60'], {}, 2, '"2025-W60" is not a week'],
    [['jobs', 'run', 'daily_cost_digst'], {}, 2, 'Did you mean daily_cost_digest?'],
    [['events', 'cleanup', '--policies', '/nowhere'], {}, 2, 'CONFIG_POLICY'],
  ] as const)('%j says what is wrong', async (args, env, code, said) => {
    await using folder = await workFolder();
    const result = await drydock(folder.path, [...args], { env });
    expect(result.stderr).toContain(said);
    expect(result.stderr).not.toContain('secretsecret');
    expect(result.code).toBe(code);
  });
});

test('a job that is under way on this machine is not begun again', async () => {
  await using folder = await workFolder();
  using _held = tryLock(join(folder.path, '.drydock/jobs/daily_cost_digest.lock'));
  const { code, stderr } = await drydock(folder.path, ['jobs', 'run', 'daily_cost_digest']);
  expect(stderr).toContain('JOB_RUNNING: The job daily_cost_digest is running already.');
  expect(code).toBe(1);
});

test('a job does what its command does', async () => {
  await using folder = await workFolder();
  const result = await drydock(folder.path, ['jobs', 'run', 'daily_cost_digest']);
  expect(result.code).toBe(4); // nobody made a call yesterday, so nothing is shown
  expect(result.stdout).toMatch(/ops\/reports\/cost\/\d{4}-\d\d-\d\d\.json.* written, version 1/);
});
