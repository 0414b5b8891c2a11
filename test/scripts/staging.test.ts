import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { Session } from '../../ops/postgres/index.ts';
import { examine, type Look } from '../../stage/doctor.ts';
import { keptInstances } from '../../stage/keeper/index.ts';
import type { Report } from '../../stage/report.ts';
import { host, temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

const folder = await temporaryFolder();
const home = folder.path;
afterAll(() => folder[Symbol.asyncDispose]());

const up = ['up', '--port', 'any'];

/** A project whose staging is taken down at the end of the test, whatever it did. */
async function stagedProject(): Promise<{ project: TestProject; down(): Promise<unknown> } & AsyncDisposable> {
  const project = await TestProject.copy(home);
  const down = () => project.drydock('down');
  const dispose = async () => {
    await down();
    await project[Symbol.asyncDispose]();
  };
  return { project, down, [Symbol.asyncDispose]: dispose };
}

async function keptBy(project: TestProject) {
  return (await keptInstances(home)).find(({ projectFile }) => projectFile.startsWith(project.folder));
}

/** What `doctor` says of the port that the project's staging listens on. */
async function portSeenByDoctor(project: TestProject): Promise<Look | undefined> {
  const { port } = (await keptBy(project))!.address;
  const stagings = await keptInstances(home);
  const looks = await examine({
    host,
    home,
    nodeVersion: process.version,
    port,
    stagings,
    binaries: [],
    leftovers: [],
  });
  return looks.find(({ what }) => what === `port ${port}`);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** Whether a process is there; a dead one that nobody has asked about yet counts as gone. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a staging that stays', () => {
  test('up, the single steps and down work as one run does, each on what the one before left', async () => {
    await using staged = await stagedProject();
    const { project } = staged;
    const brought = await project.drydock(...up, '--json');
    expect(brought.code).toBe(0);
    for (const step of ['apply', 'backfill', 'hydrate', 'ingest', 'check', 'isolate']) {
      const { code, stdout } = await project.drydock(step, '--json');
      const report = JSON.parse(stdout) as Report;
      expect([step, report.outcome, code]).toEqual([step, 'go', 0]);
      expect(report.steps.map(({ name }) => name)).toEqual(['start', step, 'leave']);
      expect(report.gates).toEqual([]);
      const kept = JSON.parse(await project.read(`.drydock/runs/${report.runId}/report.json`)) as Report;
      expect(kept).toEqual(report);
    }
    expect((await project.drydock('apply')).stderr).toContain('0 of 3 migrations');
    expect(await portSeenByDoctor(project)).toMatchObject({ state: 'good', seen: expect.stringContaining('of tiny,') });
    await staged.down();
    expect(await project.instances()).toEqual([]);
    expect(await keptInstances(home)).toEqual([]);
  });

  test('status says where it answers and until when, and never how to log in; url does', async () => {
    await using staged = await stagedProject();
    const { project } = staged;
    await project.drydock(...up, '--ttl', '7m');
    const { address } = (await keptBy(project))!;
    const { stdout } = await project.drydock('status', '--json');
    const [facts] = JSON.parse(stdout).stagings;
    expect(facts).toMatchObject({ project: 'tiny', database: 'tiny_stage', port: address.port, problem: null });
    expect(facts.secondsLeft).toBeGreaterThan(400);
    expect(stdout).not.toContain(address.adminPassword);
    const url = new URL((await project.drydock('url')).stdout.trim());
    expect([url.username, url.password, url.port]).toEqual(['tiny_admin', address.adminPassword, String(address.port)]);
  });

  test('ends at its expiry, processes, data and keeper', async () => {
    await using staged = await stagedProject();
    const { project } = staged;
    await project.drydock(...up, '--ttl', '2s');
    const { pid } = (await keptBy(project))!;
    await until(async () => !isAlive(pid));
    expect(await keptBy(project)).toBeUndefined();
    expect(await project.instances()).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('ends when its files are deleted under it', async () => {
    await using staged = await stagedProject();
    const { project } = staged;
    await project.drydock(...up);
    const { pid, address } = (await keptBy(project))!;
    await rm(address.dataDirectory!, { recursive: true });
    await until(async () => !isAlive(pid));
    expect(await project.instances()).toEqual([]);
  });

  test('a keeper that is killed leaves nothing that the next command does not clear', async () => {
    await using staged = await stagedProject();
    const { project } = staged;
    await project.drydock(...up);
    const { pid } = (await keptBy(project))!;
    process.kill(pid, 'SIGKILL');
    const { stdout, stderr } = await project.drydock('status');
    expect(stdout).toBe('No staging is up.');
    expect(stderr).toContain('cleared the leftovers');
    expect(await project.instances()).toEqual([]);
  });

  test('a second up for the same project is refused and names the first', async () => {
    await using staged = await stagedProject();
    await staged.project.drydock(...up);
    const { code, stderr } = await staged.project.drydock(...up);
    expect(code).toBe(1);
    expect(stderr).toMatch(/STAGING_UP: A staging is up for this project already, on port \d+ until/);
  });

  test('an up whose bootstrap fails leaves nothing up', async () => {
    await using staged = await stagedProject();
    await staged.project.edit('drydock.yaml', 'admin: tiny_admin', 'admin: tiny_admin\nextensions: [no_such_thing]');
    const { code } = await staged.project.drydock(...up);
    expect(code).toBe(1);
    expect(await keptInstances(home)).toEqual([]);
    expect(await staged.project.instances()).toEqual([]);
  });

  test('Ctrl-C during up takes the instance down that was coming up', async () => {
    await using staged = await stagedProject();
    const starting = staged.project.start(...up, '--config', 'drydock.yaml');
    await until(async () => (await staged.project.instances()).length > 0);
    starting.kill('SIGINT');
    expect((await starting).exitCode).toBe(130);
    expect(await keptInstances(home)).toEqual([]);
    expect(await staged.project.instances()).toEqual([]);
  });

  test('one command at a time works on it', async () => {
    await using staged = await stagedProject();
    const { project } = staged;
    await project.drydock(...up);
    await project.write('sql/shop/0020_slow.sql', '-- title: Slow\n\nselect pg_catalog.pg_sleep(50);\n');
    const slow = project.start('apply', '--config', 'drydock.yaml');
    const { address } = (await keptBy(project))!;
    await using session = await Session.open({
      ...{ host: address.host, port: address.port, user: address.admin, password: address.adminPassword },
      database: 'postgres',
    });
    await until(async () => {
      const { locks } = await session.row<{ locks: number }>(
        "select count(*) as locks from pg_catalog.pg_locks where locktype = 'advisory'",
      );
      return locks > 0;
    });
    const { code, stdout } = await project.drydock('backfill');
    expect(code).toBe(1);
    expect(stdout).toContain('STAGING_BUSY');
    slow.kill('SIGINT');
    await slow;
  });
});

describe('steps of a run', () => {
  test('run --keep leaves the whole rehearsal up, and run --from goes on from there', async () => {
    await using staged = await stagedProject();
    const { project } = staged;
    const kept = await project.drydock('run', '--keep');
    expect(kept.code, kept.stdout).toBe(0);
    const { code, stdout } = await project.drydock('run', '--from', 'check', '--json');
    const { steps, gates } = JSON.parse(stdout) as Report;
    expect(steps.filter(({ status }) => status === 'done').map(({ name }) => name)).toEqual([
      'start',
      'check',
      'isolate',
      'perf',
      'reclaim',
      'leave',
    ]);
    expect(gates.find(({ id }) => id === 'boundary_isolated')).toMatchObject({
      verdict: 'unproven',
      reasons: expect.arrayContaining(['probe/lease was not measured', 'lease/ended was not measured']),
    });
    expect(code).toBe(4);
  });

  test('an error of an earlier command is not held against a later one', async () => {
    await using staged = await stagedProject();
    const { project } = staged;
    await project.drydock(...up);
    await project.write('sql/shop/0020_wrong.sql', '-- title: Wrong\n\nselect 1 / 0;\n');
    expect((await project.drydock('apply')).code).toBe(1);
    await project.write('sql/shop/0020_wrong.sql', '-- title: Right\n\nselect 1;\n');
    expect((await project.drydock('apply')).code).toBe(0);
  });

  test('a step is a tool event, and so is its command, where AUDIT_BACKEND is set', async () => {
    await using staged = await stagedProject();
    const { project } = staged;
    await project.drydock(...up);
    const recording = project.with({ AUDIT_BACKEND: 'jsonl' });
    expect((await recording.drydock('apply')).code).toBe(0);
    const { stdout } = await project.drydock('events', 'tail', '--json');
    const actions = (JSON.parse(stdout) as { action: string; status: string }[]).map(({ action }) => action);
    expect(actions).toEqual(['step/start', 'step/apply', 'step/leave', 'apply']);
  });

  test('without a staging a step says how to get one', async () => {
    await using staged = await stagedProject();
    const { code, stderr } = await staged.project.drydock('check');
    expect(code).toBe(1);
    expect(stderr).toMatch(/STAGING_NONE: .*\n {2}Bring one up with "drydock up"/);
  });

  test('a step works on the database that PGHOST names, if Drydock made it, and on no other', async () => {
    await using staged = await stagedProject();
    const { project } = staged;
    await project.drydock(...up);
    const { host: PGHOST, port, admin: PGUSER, adminPassword: PGPASSWORD } = (await keptBy(project))!.address;
    await using other = await TestProject.copy(home);
    const env = { PGHOST, PGPORT: String(port), PGUSER, PGPASSWORD };
    expect((await other.with(env).drydock('apply')).code).toBe(0);
    const foreign = await other.with({ ...env, PGDATABASE: 'postgres' }).drydock('apply');
    expect(foreign.stderr).toContain('STAGING_FOREIGN');
  });

  test.for([
    [['run', '--only', 'chek'], 'There is no step "chek". Did you mean check?'],
    [['run', '--from', 'check', '--only', 'apply'], 'No step named by --only comes after check.'],
    [['run', '--ttl', '1h'], 'without --keep it does not'],
    [['up', '--ttl', '99d'], 'A staging lives for at most'],
    [['up', '--ttl', 'soon'], '"soon" is not a duration'],
    [['up', '--port', '0'], '"0" is not a port'],
  ] as const)('%j is a usage error', async ([args, sentence]) => {
    await using project = await TestProject.copy(home);
    const { code, stderr } = await project.drydock(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    expect(await keptInstances(home)).toEqual([]);
  });
});
