import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../ops/postgres/index.ts';
import { drydock, start, urlOf, workFolder } from '../support/event-command.ts';
import { reopen, shut } from '../support/event-stores.ts';
import { call, eventAt, eventDatabase, startServer, storedIds } from '../support/events.ts';
import type { Staging } from '../support/staging.ts';

const today = new Date().toISOString().slice(0, 10);
const line = JSON.stringify(call);

let server: Staging;
beforeAll(async () => {
  server = await startServer();
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

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'append ends at %s though its input is silent, and keeps what was whole',
    async (signal) => {
      await using folder = await workFolder();
      const child = start(folder.path, ['events', 'append']);
      child.stdin.write(`${JSON.stringify(call)}\n{"half`);
      const file = join(folder.path, `.drydock/audit/tool_audit_${today}.jsonl`);
      await expect
        .poll(() => existsSync(file) && readFileSync(file, 'utf8').length > 0, { timeout: 10_000 })
        .toBe(true);
      child.kill(signal);
      const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
      expect(stdout).toBe('1 events kept by jsonl, 0 refused, 0 lines are no events.\n');
      expect(code).toBe(130);
    },
  );

  test.each([
    ['no line break at its end', line, 1],
    ['line breaks of Windows', `${line}\r\n${line}\r\n`, 2],
    ['a byte order mark', `\uFEFF${line}\n`, 1],
    ['empty lines', `\n${line}\n \n\n${line}\n\n`, 2],
    ['nothing in it', '', 0],
  ])('append takes an input with %s', async (_what, input, kept) => {
    await using folder = await workFolder();
    const { code, stdout } = await drydock(folder.path, ['events', 'append'], { input });
    expect(stdout).toBe(`${kept} events kept by jsonl, 0 refused, 0 lines are no events.\n`);
    expect(code).toBe(0);
  });

  test('append keeps no event whose bytes are no text', async () => {
    await using folder = await workFolder();
    const input = Buffer.concat([Buffer.from(line.replace('req-1', 'req-').slice(0, 15)), Buffer.from([0xff, 0xfe])]);
    const rest = Buffer.from(`${line.slice(15)}\n${line}\n`);
    const { stdout } = await drydock(folder.path, ['events', 'append'], { input: Buffer.concat([input, rest]) });
    expect(stdout).toMatch(/^1 events kept by jsonl, 0 refused, 1 lines are no events\.\nline 1: /);
  });

  test('append stores more than its queue holds, each event once, however often it is given', async () => {
    await using folder = await workFolder();
    const own = await eventDatabase(server);
    const env = { AUDIT_BACKEND: 'postgres', DATABASE_URL: urlOf(own.writer) };
    const known = `${JSON.stringify(eventAt(new Date()))}\n`;
    const input = `${known}${`${line}\n`.repeat(60_000)}${known}`;
    const { code, stdout } = await drydock(folder.path, ['events', 'append'], { input, env });
    expect(stdout).toBe('60002 events kept by postgres, 0 refused, 0 lines are no events.\n1 were there already.\n');
    expect(code).toBe(0);
    expect(await storedIds(own)).toHaveLength(60_001);
  });

  test('append waits for a server that is slow, and gives it no more than its queue holds', async () => {
    await using folder = await workFolder();
    const own = await eventDatabase(server);
    await using admin = await Session.open(own.admin);
    await admin.script('begin; lock table audit.tool_audit_events in share mode');
    const env = { AUDIT_BACKEND: 'postgres', DATABASE_URL: urlOf(own.writer) };
    const outcome = drydock(folder.path, ['events', 'append'], { input: `${line}\n`.repeat(70_000), env });
    await using other = await server.connect('postgres');
    const waiting = () =>
      other.query(`select from pg_stat_activity where usename = $1 and wait_event_type = 'Lock'`, [own.writer.user]);
    await expect.poll(async () => (await waiting()).rowCount, { timeout: 10_000 }).toBe(1);
    await sleep(500); // time enough to read all of the input, for who does not wait
    await admin.query('commit');
    const { code, stdout } = await outcome;
    expect(stdout).toBe('70000 events kept by postgres, 0 refused, 0 lines are no events.\n');
    expect(code).toBe(0);
  });

  test('append counts every line that is no event, and names the first hundred', async () => {
    await using folder = await workFolder();
    const { stdout } = await drydock(folder.path, ['events', 'append'], { input: 'nonsense\n'.repeat(150) });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('0 events kept by jsonl, 0 refused, 150 lines are no events.');
    expect(lines.slice(100)).toEqual(['line 100: is not JSON', '… and 50 lines more']);
  });

  test('append says where to go on when the server goes in the middle, and everything before that is stored', async () => {
    await using folder = await workFolder();
    const own = await eventDatabase(server);
    const child = start(folder.path, ['events', 'append'], {
      AUDIT_BACKEND: 'postgres',
      DATABASE_URL: urlOf(own.writer),
    });
    child.stdin.write(`nonsense\n${`${line}\n`.repeat(10_002)}`);
    await expect.poll(async () => (await storedIds(own)).length, { timeout: 10_000 }).toBe(10_002);
    await shut(server, own.writer);
    child.stdin.end(`${line}\n`.repeat(3));
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect(stderr).toMatch(/EVENTS_NOT_STORED: The events up to line 10003 are safe, those after it are not: .*\.\n/);
    expect(stderr).toContain('send the input again from line 10004.');
    expect(code).toBe(1);
    await reopen(server, own.writer);
    expect(await storedIds(own)).toHaveLength(10_002);
  });

  test('append tells of events that Postgres rejects, and exits with 1', async () => {
    await using folder = await workFolder();
    const env = { AUDIT_BACKEND: 'postgres', DATABASE_URL: urlOf((await eventDatabase(server)).writer) };
    const input = `${line}\n${JSON.stringify(eventAt('2019-01-01T00:00:00.000Z'))}\n`;
    const { code, stdout } = await drydock(folder.path, ['events', 'append'], { input, env });
    expect(stdout).toContain('1 were rejected by Postgres');
    expect(code).toBe(1);
  });
});
