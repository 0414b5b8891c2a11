import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../ops/evidence.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import { Databases } from '../audit-log/inventory/support.ts';
import { reader, shop } from '../audit-log/snapshots/support.ts';
import { docker, whyNoDocker } from '../stage/providers/docker/engine.ts';
import { CommandLineWatch } from '../support/cmdline-watch.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/home.ts';

const cli = join(import.meta.dirname, '../../scripts/drydock.js');
const noDocker = await whyNoDocker();
const script = join(import.meta.dirname, '../../scripts/snapshot.sh');
let databases: Databases;
let folder: TemporaryFolder;
let target: Target;
let login: Target;
beforeAll(async () => {
  databases = await Databases.start();
  folder = await temporaryFolder();
  target = await databases.create(shop);
  login = await databases.login(target, reader);
  await writeFile(join(folder.path, 'db.env'), envOf(login));
  await writeFile(
    join(folder.path, 'plan.yaml'),
    'seeds: [{ table: company, columns: all, where: id < 5 }]\nwatermark: { table: company, column: id }',
  );
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function envOf({ host, port, user, password, database }: Target): string {
  return `DB_HOST=${host}\nDB_PORT=${port}\nDB_USER=${user}\nDB_PASSWORD='${password}'\nDB_NAME="${database}"\nDB_SSL_MODE=disable\nEVIL=$(touch evil)\n`;
}

async function drydock(args: string[], env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [cli, ...args], {
    cwd: folder.path,
    env: { DRYDOCK_HOME: join(folder.path, 'home'), NO_COLOR: '1', ...env },
    reject: false,
  });
  return { code: exitCode, stdout, stderr };
}

describe('drydock snapshot and drydock compare', () => {
  test('take two snapshots by an env file, and say what changed between them', async () => {
    const take = (out: string) => drydock(['snapshot', '--plan', 'plan.yaml', '--env', 'db.env', '--out', out]);
    const first = await take('one');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('no writes: 2 read-only sessions on one snapshot');
    expect(first.stdout).toMatch(/next time: "id" > '\d+'::integer/);
    expect(await readdir(folder.path)).not.toContain('evil');
    await using session = await Session.open(target);
    await session.query("update public.company set name = 'renamed' where id = 3");
    const second = await take('two');
    const [before, after] = [first, second].map(({ stdout }) => stdout.split('\n').at(-1)!);
    expect(await drydock(['compare', before!, before!])).toMatchObject({ code: 0 });
    const changed = await drydock(['compare', before!, after!]);
    expect(changed.code).toBe(3);
    expect(changed.stdout).toContain('| public.company | 3 | changed | name | c3 | renamed |');
    expect(await drydock(['compare', before!, after!, '--ignore', 'name'])).toMatchObject({ code: 0 });
    const page = await drydock(['compare', before!, after!, '--format', 'html', '--out', 'page.html']);
    expect(page.code).toBe(3);
    expect(await readFile(join(folder.path, 'page.html'), 'utf8')).toContain('<h1>no-go</h1>');
  });

  test('estimates, and writes nothing', async () => {
    const { code, stdout } = await drydock([
      'snapshot',
      '--plan',
      'plan.yaml',
      '--env',
      'db.env',
      '--out',
      'none',
      '--estimate',
    ]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^public\.company: about \d rows.*\nnothing was read$/),
    });
    expect(await readdir(folder.path)).not.toContain('none');
  });

  test('compare two live databases by their env files', async () => {
    const other = await databases.create(shop);
    await using session = await Session.open(other);
    await session.query("update public.company set name = 'elsewhere' where id = 4");
    await writeFile(join(folder.path, 'other.env'), envOf(await databases.login(other, reader)));
    const same = await drydock(['compare', '--plan', 'plan.yaml', 'db.env', 'db.env']);
    expect(same).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout } = await drydock([
      'compare',
      '--plan',
      'plan.yaml',
      'db.env',
      'other.env',
      '--ignore',
      'founder',
    ]);
    expect(code).toBe(3);
    expect(stdout).toContain('| public.company | 4 | changed | name | c4 | elsewhere |');
    expect(stdout).toContain('transaction id never assigned');
  });

  test.each([
    [['snapshot'], 'USAGE_SNAPSHOT', 2],
    [['snapshot', '--plan', 'gone.yaml'], 'CONFIG_MISSING', 2],
    [['snapshot', '--plan', 'plan.yaml', '--env', 'gone.env'], 'USAGE_ENV_FILE', 2],
    [['snapshot', '--plan', 'plan.yaml'], 'USAGE_CONNECTION', 2],
    [['snapshot', '--plan', 'plan.yaml', '--env', 'db.env', '--sessions', '0'], 'USAGE_SNAPSHOT', 2],
    [['compare', 'one', 'nowhere'], 'SNAPSHOT_FILE', 1],
    [['compare', 'one', 'one', '--keys', 'nonsense'], 'USAGE_COMPARE', 2],
    [['compare', 'one', 'one', '--tolerance', 'a=much'], 'USAGE_COMPARE', 2],
    [['compare', 'one', 'one', '--format', 'pdf'], 'USAGE_COMPARE', 2],
    [['compare', 'db.env', 'db.env', '--plan', 'plan.yaml', '--signals', 'x.yaml'], 'USAGE_COMPARE', 2],
    [['compare', 'db.env', 'gone.env', '--plan', 'plan.yaml'], 'USAGE_ENV_FILE', 2],
  ])('refuse %j with %s', async (args, error, expected) => {
    const { code, stderr } = await drydock(args);
    expect(stderr).toContain(`${error}: `);
    expect(code).toBe(expected);
  });

  test('name every mistake of a plan at once, with the nearest key', async () => {
    await writeFile(
      join(folder.path, 'wrong.yaml'),
      'seeds: [{ tabel: company }]\nlimits: { cost: 1e12 }\nwindow: { start: now }',
    );
    const { code, stderr } = await drydock(['snapshot', '--plan', 'wrong.yaml', '--env', 'db.env']);
    expect(code).toBe(2);
    expect(stderr).toContain('seeds.0.tabel: unknown key. Did you mean table?');
    expect(stderr).toContain('limits.cost: at most 100 million');
    expect(stderr).toContain("window.start: write it as 'YYYY-MM-DD HH:MM:SS+00'");
  });

  test('ask for TLS with a verified certificate unless told otherwise', async () => {
    const env = Object.fromEntries(
      envOf(login)
        .split('\n')
        .map((line) =>
          line
            .split(/=(.*)/)
            .slice(0, 2)
            .map((part) => part!.replace(/['"]/g, '')),
        ),
    );
    const { code, stderr } = await drydock(['snapshot', '--plan', 'plan.yaml'], { ...env, DB_SSL_MODE: '' });
    expect(code).toBe(1);
    expect(stderr).toContain('The server does not support SSL connections');
    expect(stderr).not.toContain(login.password);
  });
});

describe('scripts/snapshot.sh', () => {
  async function run(queries: Record<string, string>, env: Record<string, string> = {}) {
    const here = join(
      folder.path,
      `queries-${Math.abs(Object.keys(queries).join().length)}-${(await readdir(folder.path)).length}`,
    );
    await mkdir(here);
    for (const [name, sql] of Object.entries(queries)) await writeFile(join(here, name), sql);
    const { exitCode, stdout, stderr } = await execa(script, [here, join(here, 'out')], {
      cwd: folder.path,
      env: { DB_ENV: join(folder.path, 'db.env'), ...env },
      reject: false,
    });
    return { code: exitCode, stdout, stderr, here };
  }

  /** A folder that has the tools of the script but psql, to be its PATH. */
  async function pathWithoutPsql(engine = 'docker'): Promise<string> {
    const bin = await mkdtemp(join(folder.path, 'bin-'));
    const tools = 'bash env date mkdir mv rm cat stat sha256sum awk grep head cut realpath basename git wc'.split(' ');
    for (const tool of tools) await symlink((await execa('which', [tool])).stdout, join(bin, tool));
    if (engine === 'docker') {
      const { stdout: found } = await execa('which', ['docker'], { reject: false });
      // where there is none, one whose engine does not answer
      if (found) await symlink(found, join(bin, 'docker'));
      else await writeFile(join(bin, 'docker'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    }
    return bin;
  }

  test('exports on one snapshot, with a receipt of every statement', async () => {
    const { code, stdout, stderr } = await run({
      'company.copy.sql':
        "-- quotes are the file's\nselect id, coalesce(note, '') as note, 'it''s' as own\nfrom (select id, null::text as note from public.company where id < 3 order by id) as c;\n",
      'max_company_seen_at.scalar.sql': "select max('2026-11-01'::date + id)::text from public.company",
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const csv = await readFile(join(stdout, 'company.csv'), 'utf8');
    expect(csv).toBe('id,note,own\n1,"",it\'s\n2,"",it\'s\n');
    const manifest = await readFile(join(stdout, 'manifest.txt'), 'utf8');
    expect(manifest).toMatch(
      new RegExp(`company\\.csv rows=2 transaction_id=none bytes=${csv.length} ms=\\d+ sha256=${sha256(csv)}\n`),
    );
    expect(manifest).toContain(
      "future_filter: company_seen_at > '2026-12-01'::timestamptz (from max_company_seen_at.txt)",
    );
    expect(manifest).not.toContain(login.password);
  });

  test.each([
    ['a second statement', 'select 1; delete from public.company', 2],
    ['a command of psql', 'select 1 \\! touch evil', 2],
    ['another statement', 'delete from public.company', 2],
    ['a write inside a select', 'with gone as (delete from public.loose returning 1) select * from gone', 1],
    ['a function that writes', "select setval('public.numbers', 1)", 1],
  ])('refuses %s, and leaves nothing', async (_, sql, expected) => {
    const { code, here } = await run({ 'bad.copy.sql': sql });
    expect(code).toBe(expected);
    const left = await readdir(join(here, 'out')).catch(() => []);
    expect(left.filter((name) => name !== '.gitignore')).toEqual([]);
    expect(await readdir(folder.path)).not.toContain('evil');
  });

  test('is read only for a role that may write as well', async () => {
    await using session = await Session.open(target);
    await session.query('create sequence if not exists public.numbers');
    await writeFile(join(folder.path, 'owner.env'), envOf(target));
    const env = { DB_ENV: join(folder.path, 'owner.env') };
    const { code, stderr } = await run({ 'bad.copy.sql': "select setval('public.numbers', 9)" }, env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('in a read-only transaction') });
    expect(await session.row('select last_value from public.numbers')).toEqual({ last_value: 1 });
  });

  test('says what to allow when the network is blocked, without the password', async () => {
    await writeFile(join(folder.path, 'blocked.env'), envOf({ ...login, port: 1 }));
    const { code, stderr } = await run({ 'a.copy.sql': 'select 1' }, { DB_ENV: join(folder.path, 'blocked.env') });
    expect(code).toBe(1);
    expect(stderr).toContain(`allow this and nothing more: TCP to ${login.host} port 1, for reading.`);
    expect(stderr).not.toContain(login.password);
  });

  describe.skipIf(noDocker)(`with psql from Docker${noDocker ? ` (skipped: ${noDocker})` : ''}`, () => {
    test('exports the same bytes, and no password is on a command line', async () => {
      const image = 'drydock-test/psql:17';
      await execa(join(import.meta.dirname, '../../scripts/ci/psql-image.sh'), [image]);
      const queries = { 'company.copy.sql': 'select id, name from public.company order by id' };
      const withDocker = { PATH: await pathWithoutPsql(), PSQL_IMAGE: image };
      const watch = new CommandLineWatch();
      const inContainer = await run(queries, withDocker);
      const seen = await watch.stop();
      expect(seen.some((line) => line.startsWith('docker\0run\0'))).toBe(true);
      expect(seen.filter((line) => line.includes(login.password))).toEqual([]);
      const here = await run(queries);
      expect({ code: inContainer.code, stderr: inContainer.stderr }).toEqual({ code: 0, stderr: '' });
      expect(await readFile(join(inContainer.stdout, 'company.csv'))).toEqual(
        await readFile(join(here.stdout, 'company.csv')),
      );
      expect(await readFile(join(inContainer.stdout, 'manifest.txt'), 'utf8')).toContain('transaction_id=none');
      expect(await docker.listContainers({ all: true, filters: { ancestor: [image] } })).toEqual([]);
    });

    test('says what to allow when the image is neither here nor to be had', async () => {
      const env = { PATH: await pathWithoutPsql(), PSQL_IMAGE: '127.0.0.1:1/postgres:17' };
      const { code, stderr } = await run({ 'a.copy.sql': 'select 1' }, env);
      expect(code).toBe(1);
      expect(stderr).toContain('Allow this and nothing more: docker pull 127.0.0.1:1/postgres:17;');
    });
  });

  test('says what to allow when the socket of Docker is blocked', async () => {
    const env = { PATH: await pathWithoutPsql('docker'), DOCKER_HOST: 'unix:///nowhere.sock' };
    const { code, stderr } = await run({ 'a.copy.sql': 'select 1' }, env);
    expect(code).toBe(1);
    expect(stderr).toContain('Allow this and nothing more: docker run --rm --network host postgres:17 psql,');
    expect(stderr).toContain(`which connects to ${login.host}:${login.port} and only reads.`);
  });

  test('says what to install where there is neither psql nor Docker', async () => {
    const { code, stderr } = await run({ 'a.copy.sql': 'select 1' }, { PATH: await pathWithoutPsql('nothing') });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'There is neither psql nor docker. Install one of them: apt-get install postgresql-client.',
    });
  });

  test('passes shellcheck', async ({ skip }) => {
    const { failed, stdout, code } = await execa('shellcheck', [script], { reject: false });
    skip(code === 'ENOENT', 'shellcheck is not installed');
    expect({ failed, stdout }).toEqual({ failed: false, stdout: '' });
  });
});
