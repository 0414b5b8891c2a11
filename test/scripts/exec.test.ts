import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execa } from 'execa';
import type { Session } from '../../ops/postgres/index.ts';
import { temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';
import { Staging, tinyFile } from '../support/staging.ts';

const root = join(import.meta.dirname, '../..');
const bundle = join(root, 'dist/dbexec.bundle.mjs');
const folder = await temporaryFolder();

let staging: Staging;
let admin: Session;
let project: TestProject;
let env: Record<string, string>;

beforeAll(async () => {
  execFileSync(process.execPath, [join(root, 'scripts/bundle.ts'), 'dbexec']);
  staging = await Staging.start({ file: tinyFile });
  await staging.run('bootstrap', 'apply');
  admin = await staging.connect();
  const { host, port, user, password, database } = staging.target();
  env = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database };
  project = await TestProject.copy(folder.path);
  await project.write(
    'one.sql',
    "insert into shop.orders (id, label) values (1, 'a'), (2, 'b');\nselect * from shop.orders;",
  );
  await project.write('two.sql', "update shop.orders set note = 'seen';");
  await project.write(
    'wrong.sql',
    "insert into shop.orders (id, label) values (3, 'c');\nselect nothing\n  from nowhere;",
  );
  await project.write('ends.sql', 'commit;');
});

afterAll(async () => {
  await admin.close();
  await project[Symbol.asyncDispose]();
  await staging[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function orders(): Promise<number> {
  const { count } = await admin.row<{ count: number }>('select count(*) from shop.orders');
  await admin.query('delete from shop.orders');
  return count;
}

/** Waits until so many sessions sleep in a statement. */
async function sleepers(wanted: number): Promise<void> {
  const asleep = `select count(*) as sessions from pg_stat_activity where wait_event = 'PgSleep'`;
  while ((await admin.row<{ sessions: number }>(asleep)).sessions !== wanted);
}

/** The three ways to it: the command, its script, and the one file that needs no install. */
const ways = {
  'drydock exec': (args: string[], more = {}) =>
    execa(process.execPath, [join(root, 'scripts/drydock.js'), 'exec', ...args], options(more)),
  'dbexec.ts': (args: string[], more = {}) =>
    execa(process.execPath, [join(root, 'scripts/dbexec.ts'), ...args], options(more)),
  'the bundle': (args: string[], more = {}) => execa(process.execPath, [bundle, ...args], options(more)),
};

const options = (more: object) =>
  ({ cwd: project.folder, env: { ...env, DRYDOCK_HOME: folder.path, ...more }, reject: false }) as const;

describe.for(Object.entries(ways))('%s', ([, run]) => {
  test('runs files in one transaction, and says the rows of each and of all', async () => {
    const { exitCode, stdout } = await run(['one.sql', 'two.sql']);
    expect(stdout).toBe('one.sql: 4 rows, 2 statements\ntwo.sql: 2 rows, 1 statement\n6 rows in 2 files');
    expect(exitCode).toBe(0);
    expect(await orders()).toBe(2);
  });

  test('keeps nothing when a file fails, and shows line, column and a caret', async () => {
    const { exitCode, stderr } = await run(['one.sql', 'wrong.sql', 'two.sql']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('wrong.sql:3:8: relation "nowhere" does not exist (42P01)');
    expect(stderr).toContain('3 |   from nowhere;\n             ^');
    expect(await orders()).toBe(0);
  });

  test('told not to stop, takes back the file that failed and keeps the others', async () => {
    const { exitCode, stdout } = await run(['one.sql', 'wrong.sql', 'two.sql', '--no-stop-on-error']);
    expect(exitCode).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'one.sql: 4 rows, 2 statements',
      'wrong.sql: taken back',
      'two.sql: 2 rows, 1 statement',
      '6 rows in 2 files',
    ]);
    expect(await orders()).toBe(2);
  });

  test('stopped by Ctrl-C, keeps nothing and leaves no statement running', async () => {
    await project.write('slow.sql', 'select pg_sleep(60);');
    const running = run(['one.sql', 'slow.sql', '--no-stop-on-error']);
    await sleepers(1);
    running.kill('SIGINT');
    const { exitCode, stderr } = await running;
    expect([exitCode, stderr]).toEqual([130, 'RUN_CANCELLED: Cancelled by SIGINT.']);
    await sleepers(0);
    expect(await orders()).toBe(0);
  });

  test('thrown out by the server, keeps nothing and says why', async () => {
    await project.write('thrown-out.sql', 'select pg_terminate_backend(pg_backend_pid());');
    const { exitCode, stderr } = await run(['one.sql', 'thrown-out.sql']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('thrown-out.sql');
    expect(stderr).toContain('terminating connection due to administrator command (57P01)');
    expect(await orders()).toBe(0);
  });

  test('refuses a file that ends the transaction', async () => {
    const { exitCode, stderr } = await run(['ends.sql']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/ends\.sql.*transaction/);
  });

  test('without files, or with none that is there, is a mistake of the caller', async () => {
    expect((await run([])).exitCode).toBe(2);
    expect((await run(['not-there.sql'])).stderr).toContain('SQL_FILE_UNREADABLE');
    expect((await run(['one.sql', '--env', 'not-there.env'])).exitCode).toBe(2);
  });

  test('refuses a file that names no login, and does not take that of the environment in its place', async () => {
    await project.write('other.env', 'SOMETHING=else\nno login here\n');
    const refused = await run(['one.sql', '--env', 'other.env']);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('other.env names no PG* variable') });
    await project.write('url.env', 'DATABASE_URL=postgresql://nobody:x@127.0.0.1:1/nowhere\n');
    expect((await run(['one.sql', '--env', 'url.env'])).stderr).toContain('Cannot reach Postgres at 127.0.0.1:1');
    expect(await orders()).toBe(0);
  });

  test('counts no statement in a file of comments', async () => {
    await project.write('said.sql', '-- nothing\n');
    expect((await run(['said.sql'])).stdout).toBe('said.sql: 0 rows, 0 statements\n0 rows in 1 file');
  });

  test('reads the login from a file, and never shows the password', async () => {
    const { password } = staging.target();
    await project.write(
      'login.env',
      Object.entries(env)
        .map(([name, value]) => `${name}='${value}'\n`)
        .join(''),
    );
    const other = { PGHOST: '', PGUSER: '', PGPASSWORD: 'wrong password' };
    const { exitCode, stdout, stderr } = await run(['one.sql', '--env', 'login.env'], other);
    expect([exitCode, await orders()]).toEqual([0, 2]);
    const refused = await run(['one.sql'], { PGPASSWORD: 'wrong password' });
    expect(refused.stderr).toContain('CONNECT_REFUSED');
    expect([stdout, stderr, refused.stderr].join()).not.toMatch(new RegExp(`${password}|wrong password`));
  });
});

describe('psql_exec.sh', () => {
  const script = join(root, 'scripts/psql_exec.sh');

  test('returns the exit code of psql, which stops at the first error', async ({ skip }) => {
    if ((await execa('psql', ['--version'], { reject: false })).failed) skip('psql is not installed here');
    expect((await execa(script, ['one.sql', 'two.sql'], options({}))).exitCode).toBe(0);
    expect(await orders()).toBe(2);
    expect((await execa(script, ['one.sql', 'wrong.sql'], options({}))).exitCode).not.toBe(0);
    expect(await orders()).toBe(0);
    expect((await execa(script, [], options({}))).exitCode).toBe(2);
  });

  test('without psql and Docker runs dbexec', async () => {
    const bin = join(project.folder, 'bin');
    await mkdir(bin);
    for (const tool of ['bash', 'env', 'dirname']) {
      await symlink((await execa('which', [tool])).stdout, join(bin, tool));
    }
    await chmod(bin, 0o755);
    const { stdout, exitCode } = await execa(script, ['one.sql'], options({ PATH: bin }));
    expect(stdout).toContain('4 rows in 1 file');
    expect([exitCode, await orders()]).toEqual([0, 2]);
  });
});
