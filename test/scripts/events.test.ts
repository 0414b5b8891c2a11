import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, eventDatabase, spoolDirectory, startServer, storedIds, type EventDatabase } from '../support/events.ts';
import type { Staging } from '../support/staging.ts';

const program = join(import.meta.dirname, '../../scripts/drydock.ts');
const today = new Date().toISOString().slice(0, 10);

let server: Staging;
let database: EventDatabase;
beforeAll(async () => {
  server = await startServer();
  database = await eventDatabase(server);
});
afterAll(() => server[Symbol.asyncDispose]());

describe('drydock events', () => {
  test('append keeps what is an event, names by its line what is not, and repeats nothing of it', async () => {
    await using folder = await workFolder();
    const lines = [JSON.stringify(call), 'nonsense', JSON.stringify({ ...call, input: 'my secret' })];
    const { code, stdout, stderr } = await drydock(folder.path, ['events', 'append'], { input: lines.join('\n') });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^1 events kept by jsonl, 0 refused, 2 lines are no events\.\nline 2: is not JSON\nline 3: This is not a tool event/,
    );
    expect(stdout + stderr).not.toContain('my secret');
    const file = readFileSync(join(folder.path, `.drydock/audit/tool_audit_${today}.jsonl`), 'utf8');
    expect(file.split('\n')).toHaveLength(2);
  });

  test('append keeps no line that is longer than any event, and takes those around it', async () => {
    await using folder = await workFolder();
    const input = [JSON.stringify(call), 'x'.repeat(5_000_000), JSON.stringify(call)].join('\n');
    const { code, stdout } = await drydock(folder.path, ['events', 'append'], { input });
    expect(stdout).toBe(
      '2 events kept by jsonl, 0 refused, 1 lines are no events.\nline 2: is longer than 65536 characters\n',
    );
    expect(code).toBe(1);
  });

  test('append ends at a signal though its input is silent, and keeps what was whole', async () => {
    await using folder = await workFolder();
    const child = spawn(process.execPath, [program, 'events', 'append'], { cwd: folder.path });
    child.stdin.write(`${JSON.stringify(call)}\n{"half`);
    const file = join(folder.path, `.drydock/audit/tool_audit_${today}.jsonl`);
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8').length > 0, { timeout: 10_000 }).toBe(true);
    child.kill('SIGINT');
    const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(stdout).toBe('1 events kept by jsonl, 0 refused, 0 lines are no events.\n');
    expect(code).toBe(130);
  });

  test('a reader that goes away early is no error', async () => {
    await using folder = await workFolder();
    await drydock(folder.path, ['events', 'append'], { input: `${JSON.stringify(call)}\n`.repeat(2_000) });
    const child = spawn(process.execPath, [program, 'events', 'tail', '--lines', '2000'], { cwd: folder.path });
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

test('a job does what its command does', async () => {
  await using folder = await workFolder();
  const result = await drydock(folder.path, ['jobs', 'run', 'daily_cost_digest']);
  expect(result.code).toBe(4); // nobody made a call yesterday, so nothing is shown
  expect(result.stdout).toMatch(/ops\/reports\/cost\/\d{4}-\d\d-\d\d\.json.* written, version 1/);
});

test('where AUDIT_BACKEND is set, what Drydock does is an event itself', async () => {
  await using folder = await workFolder();
  const env = { AUDIT_BACKEND: 'jsonl', DRYDOCK_ACTOR: 'Olena K' };
  await drydock(folder.path, ['jobs', 'list'], { env });
  await drydock(folder.path, ['jobs', 'run', 'nothing'], { env });
  const { stdout } = await drydock(folder.path, ['events', 'tail', '--json'], { env });
  const recorded = JSON.parse(stdout) as Record<string, unknown>[];
  expect(recorded.map(({ tool, action, status, user_id }) => [tool, action, status, user_id])).toEqual([
    ['drydock', 'jobs', 'pass', 'Olena-K'],
    ['drydock', 'jobs', 'failed', 'Olena-K'],
  ]);
});

test('what a command does from another folder is an event of its project', async () => {
  await using elsewhere = await workFolder();
  await using project = await workFolder();
  const config = join(project.path, 'drydock.yaml');
  await copyFile(join(import.meta.dirname, '../fixtures/tiny/drydock.yaml'), config);
  await drydock(elsewhere.path, ['jobs', 'list', '--config', config], { env: { AUDIT_BACKEND: 'jsonl' } });
  expect(existsSync(join(elsewhere.path, '.drydock'))).toBe(false);
  const { stdout } = await drydock(elsewhere.path, ['events', 'tail', '--config', config, '--json']);
  expect(JSON.parse(stdout)).toMatchObject([{ tool: 'drydock', action: 'jobs', workspace_id: 'tiny' }]);
  expect(existsSync(join(project.path, '.drydock/audit'))).toBe(true);
});

async function workFolder(): Promise<{ path: string } & AsyncDisposable> {
  const folder = await spoolDirectory();
  await mkdir(folder.path);
  return folder;
}

async function drydock(
  cwd: string,
  args: string[],
  { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DRYDOCK_HOME: join(cwd, 'home'), ...env },
  });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

function urlOf({ host, port, user, password, database: name }: EventDatabase['admin']): string {
  return `postgresql://${user}:${password}@${host}:${port}/${name}`;
}
