import fc from 'fast-check';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../ops/postgres/index.ts';
import { keptInstances, type KeptInstance } from '../../stage/keeper/index.ts';
import { CommandLineWatch } from '../support/cmdline-watch.ts';
import { temporaryFolder } from '../support/home.ts';
import { TestProject, type Outcome } from '../support/project.ts';

const folder = await temporaryFolder();
/** By what it is: nothing of these may stand anywhere but where it is meant to. */
const secrets = new Map<string, string>();
const printed: string[] = [];
let watch: CommandLineWatch;
let project: TestProject;
let kept: KeptInstance;
let agentsEnvironment: Record<string, string>;

beforeAll(async () => {
  watch = new CommandLineWatch();
  project = (await TestProject.copy(folder.path)).with({
    AUDIT_BACKEND: 'jsonl',
    AUDIT_JSONL_DIR: join(folder.path, 'events'),
  });
  await run(project, 'up', '--port', 'any');
  [kept] = (await keptInstances(folder.path)) as [KeptInstance];
  secrets.set('the administrator', kept.address.adminPassword);
  await logEveryStatement();
});

afterAll(async () => {
  await watch.stop();
  await project.drydock('down');
  await project[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function logEveryStatement(): Promise<void> {
  const { host, port, admin: user, adminPassword: password } = kept.address;
  await using session = await Session.open({ host, port, user, password, database: 'postgres' });
  await session.query("alter system set log_statement = 'all'");
  await session.query('select pg_reload_conf()');
}

async function run(where: TestProject, ...args: string[]): Promise<Outcome> {
  const outcome = await where.drydock(...args);
  printed.push(outcome.stdout, outcome.stderr);
  return outcome;
}

/** Passwords as people have them, each beginning with something that can be found again. */
const plantedPassword = fc
  .string({ minLength: 3, maxLength: 20, unit: fc.constantFrom(...`ab1 %@:/?#'"\\$&|;<>*[]{}~ü€`) })
  .map((tail) => `planted${tail.trim()}x`);

describe.runIf(process.platform === 'linux')('no secret stands anywhere', () => {
  test('whatever a password is, no command that fails with it tells it', async () => {
    const login = {
      PGHOST: '127.0.0.1',
      PGPORT: String(kept.address.port),
      PGUSER: 'tiny_admin',
      PGDATABASE: 'tiny_stage',
    };
    let number = 0;
    await fc.assert(
      fc.asyncProperty(plantedPassword, async (password) => {
        secrets.set(`planted ${++number}`, password);
        const wrong = project.with({ ...login, PGPASSWORD: password });
        const url = `postgres://somebody:${encodeURIComponent(password)}@127.0.0.1:${kept.address.port}/tiny_stage`;
        const failures = await Promise.all([
          run(wrong, 'exec', 'sql/shop/0010_orders.sql'),
          run(wrong.with({ ...login, PGUSER: 'nobody_there', PGPASSWORD: password }), 'check', '--verbose'),
          run(project.with({ DATABASE_URL: url }), 'inventory', '--url-from', 'DATABASE_URL'),
        ]);
        expect(failures.map(({ code }) => code)).not.toContain(0);
      }),
      { numRuns: 3 },
    );
  });

  test('after a hand-over and the work of an agent with failures in it, its password is where it was printed only', async () => {
    await run(project, 'apply', '--verbose');
    const { stdout } = await project.drydock('handoff', '--json');
    const { environment } = JSON.parse(stdout) as { environment: Record<string, string> };
    agentsEnvironment = environment;
    secrets.set('the lease', environment['PGPASSWORD']!);
    const agent = project.with({
      ...environment,
      AUDIT_BACKEND: 'jsonl',
      AUDIT_JSONL_DIR: join(folder.path, 'events'),
    });
    for (const step of ['backfill', 'check', 'isolate', 'apply']) await run(agent, step, '--verbose');
    await project.write('wrong.sql', "select 'fails' from nowhere;");
    expect((await run(agent, 'exec', 'wrong.sql')).code).toBe(1);
    expect((await run(project, 'revoke', environment['PGUSER']!)).code).toBe(0);
    await run(agent, 'check');
  });

  test('a hand-over into a file prints none, and neither do runs, whether they fail or not', async () => {
    expect((await run(project, 'handoff', '--write-env', '.env.staging', '--for', 'Ada')).code).toBe(0);
    const file = await project.read('.env.staging');
    secrets.set('the lease in a file', /PGPASSWORD='(.*)'/.exec(file)![1]!);
    expect((await stat(join(project.folder, '.env.staging'))).mode & 0o777).toBe(0o600);
    await project.edit('drydock.yaml', 'folder: sql/views, as: views_owner', 'folder: sql/nowhere, as: views_owner');
    expect((await run(project, 'run', '--verbose')).code).not.toBe(0);
    await project.edit('drydock.yaml', 'folder: sql/nowhere, as: views_owner', 'folder: sql/views, as: views_owner');
    expect((await run(project, 'run', '--verbose')).code).toBe(0);
    for (const show of ['leases', 'status', 'doctor']) await run(project, show);
  });

  test('in no file, log, event, report, output or argument list, in no form of it', async () => {
    const places = new Map([
      ...(await filesIn(project.folder)),
      ...(await filesIn(folder.path)),
      ...printed.map((text, index): [string, string] => [`output ${index}`, text]),
      ...(await watch.stop()).map((text): [string, string] => [`arguments ${text.slice(0, 80)}`, text]),
    ]);
    const own = [
      join(folder.path, 'keepers', `${kept.address.runId}.json`),
      join(folder.path, 'instances', kept.address.runId, 'instance.json'),
    ];
    const meant = new Set([
      `${join(project.folder, '.env.staging')}: the lease in a file`,
      ...own.map((file) => `${file}: the administrator`),
    ]);
    const found = [...places].flatMap(([place, text]) =>
      [...secrets]
        .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
        .map(([whose]) => `${place}: ${whose}`),
    );
    expect(found.filter((each) => !meant.has(each))).toEqual([]);
    expect(new Set(found)).toEqual(meant);
    for (const file of own) expect((await stat(file)).mode & 0o077).toBe(0);
    expect(secrets.size).toBe(6);
  });

  test('and that was no empty search: the log has the statements, the folders the reports and events', async () => {
    const log = await readFile(kept.address.logFile!, 'utf8');
    expect(log).toMatch(/create role \\"agent_\w+\\" login/);
    expect(log).toContain(agentsEnvironment['PGUSER']!);
    const names = [...(await filesIn(folder.path)).keys(), ...(await filesIn(project.folder)).keys()].join('\n');
    for (const part of ['events/', 'report.json', 'audit-log/trail/']) expect(names).toContain(part);
  });
});

/** Any that a message, a URL, a header or a document might carry. */
function formsOf(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('hex'),
  ];
}

/** The server's own data too: what is stored there in its tables would be found. */
async function filesIn(root: string): Promise<Map<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.map(async (file): Promise<[string, string]> => [file, await textOf(file)])));
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
