import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder, type TemporaryFolder } from '../support/home.ts';
import { anEvent, workspace } from '../support/records.ts';
import { Staging } from '../support/staging.ts';

const program = join(import.meta.dirname, '../../scripts/drydock.js');

let server: Staging;
let folder: TemporaryFolder;
beforeAll(async () => {
  server = await Staging.start();
  folder = await temporaryFolder();
  await using maintenance = await server.connect('postgres');
  await maintenance.query('create database app');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function drydock(args: string[], input = '', env: Record<string, string> = { DATABASE_URL: url() }) {
  const child = spawn(process.execPath, [program, 'records', ...args], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DRYDOCK_HOME: join(folder.path, 'home'), ...env },
  });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, stdout, stderr };
}

function url(port = server.instance.port): string {
  const { user, password, host } = server.target();
  return `postgresql://${user}:${password}@${host}:${port}/app`;
}

test('a record is made, written, tracked, sealed, verified, exported, attacked and erased from the command line', async () => {
  expect(await drydock(['upkeep'])).toMatchObject({ code: 1, stderr: expect.stringContaining('RECORDS_NONE') });
  expect(await drydock(['migrate'])).toMatchObject({ code: 0, stdout: expect.stringContaining('applied 15 files') });
  expect((await drydock(['keys'])).code).toBe(0);
  expect(await drydock(['keys'])).toMatchObject({ code: 1, stderr: expect.stringContaining('RECORDS_KEYS_PRESENT') });
  expect((await drydock(['verify'])).code).toBe(4); // nothing is sealed, so nothing is shown
  await using session = await server.connect('app');
  await session.query('create table account (id uuid primary key default gen_random_uuid(), email text)');
  expect(await drydock(['track', 'account'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--personal is missing'),
  });
  expect((await drydock(['track', 'account', '--personal', 'email'])).code).toBe(0);
  const event = anEvent({ newValues: { email: 'a@b.example' } });
  expect((await drydock(['log'], JSON.stringify(event))).stdout).toMatch(/^[0-9a-f-]{36}\n$/);
  expect(await drydock(['log'], JSON.stringify({ ...event, actionType: '' }))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('check_action_type_not_empty'),
  });
  expect((await drydock(['seal'])).stdout).toMatch(/^Sealed 3 records in 1 checkpoints, 1 personal parts/);
  expect((await drydock(['verify'])).stdout).toMatch(/^go: 3 records compared with 1 checkpoints, 0 problems/);
  for (const [text, said] of [
    ['{"number": 1', 'Cannot read the anchor'],
    ['null', 'is not an anchor'],
  ] as const) {
    writeFileSync(join(folder.path, 'torn.json'), text);
    const refused = await drydock(['verify', '--anchor', 'torn.json']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
  }
  const shown = await drydock(['show', workspace, '--keys', '.drydock/records/keys', '--json']);
  expect(JSON.parse(shown.stdout)).toMatchObject([{ new_values: { email: 'a@b.example' }, personal: 'opened' }]);
  expect((await drydock(['show', workspace])).stdout).toContain('(personal data encrypted)');

  expect((await drydock(['export', '--output', 'records.jsonl'])).stdout).toContain('3 records');
  expect(await drydock(['export', '--output', 'nowhere/records.jsonl'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('RECORDS_WRITE'),
  });
  expect(await drydock(['verifier'])).toMatchObject({ code: 0, stderr: '' });
  const proof = await run([
    'verify-records.mjs',
    '.drydock/records/seals',
    '.drydock/records/keys/seal.pub',
    '--records',
    'records.jsonl',
  ]);
  expect(proof).toMatchObject({ code: 0, stdout: expect.stringContaining('"compared": 3') });

  const request = await drydock([
    ...['erase', 'request', '--workspace', workspace, '--user', event.createdByUserId, '--authority', 'GDPR'],
    ...['--ticket', 'T-1', '--by', 'ann', '--json'],
  ]);
  const { id } = JSON.parse(request.stdout) as { id: string };
  expect(await drydock(['erase', 'execute', id])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('lacks 2 of two'),
  });
  for (const by of ['ben', 'cleo']) expect((await drydock(['erase', 'approve', id, '--by', by])).code).toBe(0);
  expect((await drydock(['erase', 'execute', id])).stdout).toContain('1 records have lost their personal data');
  expect((await drydock(['erase', 'certificate', id])).stdout).toContain('approved by ben and cleo');
  expect((await drydock(['erase', 'list'])).stdout).toContain('executed');
  expect((await drydock(['seal'])).code).toBe(0);
  expect((await drydock(['verify'])).code).toBe(0);

  expect(await drydock(['attack', '--json'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('somebody is connected'),
  });
  await session.close();
  expect(await drydock(['attack'])).toMatchObject({ code: 0, stdout: expect.stringContaining(' 0 missed.') });
  expect((await drydock(['upkeep'])).code).toBe(0);
  expect((await drydock(['archive', '--dry-run'])).code).toBe(0);
  expect((await drydock(['partitions'])).stdout).toContain('audit_events_');
  expect((await drydock(['report', '--days', '7'])).stdout).toContain('DELETE_USER_AUDIT_EVENTS');
});

async function run(args: string[]): Promise<{ code: number; stdout: string }> {
  const child = spawn(process.execPath, args, { cwd: folder.path });
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code: code as number, stdout };
}

describe('drydock records', () => {
  test.each([
    [['verify'], {}, 2, 'The variable DATABASE_URL is not set'],
    [['seal', '--keys', 'nowhere'], undefined, 1, 'RECORDS_KEYS_MISSING'],
    [['erase', 'everything'], undefined, 2, '"erase everything" is not one of'],
    [['erase', 'request', '--authority', 'HIPAA'], undefined, 2, 'is not GDPR or CCPA'],
    [['restore', '2025', 'x'], undefined, 2, '"2025" is not a month'],
    [['show'], undefined, 2, 'The workspace is missing'],
    [['show', 'acme'], undefined, 2, 'The workspace acme is no id'],
    [['erase', 'approve', 'T-1'], undefined, 2, 'The request T-1 is no id'],
    [['log'], undefined, 2, 'Standard input is not JSON'],
  ] as const)('%j says what is wrong', async (args, env, code, said) => {
    const result = await drydock([...args], '', env as Record<string, string> | undefined);
    expect(result.stderr).toContain(said);
    expect(result.code).toBe(code);
  });

  test('says so when the server is not there, without the password', async () => {
    const result = await drydock(['verify', '--public-key', program], '', { DATABASE_URL: url(9) });
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('CONNECT_FAILED') });
    expect(result.stderr).not.toContain(server.target().password);
  });

  test('tells a login without rights which it lacks, and leaves no half of an export', async () => {
    await using session = await server.connect('app');
    await session.script(`create role stranger login password 'x'`);
    const env = { DATABASE_URL: url().replace(/\/\/[^@]*@/, '//stranger:x@') };
    expect(await drydock(['migrate'], '', env)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^STORE_FORBIDDEN: stranger may not migrate the database app: .*\n {2}Migrate as a superuser/,
      ),
    });
    const kept = join(folder.path, 'kept.jsonl');
    writeFileSync(kept, 'an earlier one');
    for (const args of [['partitions'], ['upkeep'], ['report'], ['erase', 'list'], ['export', '--output', kept]]) {
      expect(await drydock(args, '', env)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^RECORDS_FORBIDDEN: The audit record refused: permission denied .*\n {2}Make the login a member/,
        ),
      });
    }
    expect(readFileSync(kept, 'utf8')).toBe('an earlier one');
    expect(readdirSync(folder.path)).not.toContain('kept.jsonl.part');
    const attacked = await drydock(['attack'], '', env);
    expect(attacked.stderr).toMatch(/^RECORDS_ATTACK: app cannot be copied: permission denied to create database/);
  });
});
