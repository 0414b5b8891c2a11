import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendEntry } from '../../audit-log/trail/index.ts';
import { temporaryFolder } from '../support/home.ts';
import { lend } from '../support/leases.ts';
import { Staging } from '../support/staging.ts';
import { workflowErrors } from './rehearsal/parser.ts';
import { said, step } from './rehearsal/told.ts';
import { commitOf, commitOfWorkingTree, token, World } from './rehearsal/world.ts';

const cli = join(import.meta.dirname, '../../scripts/drydock.js');
const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());
let template: string;
beforeAll(async () => {
  template = await commitOfWorkingTree(folder.path);
});

const world = () => World.of(folder.path, template);
type Checkout = Awaited<ReturnType<World['clone']>>;

/** What a run leaves in its checkout: an entry of the trail. */
async function append({ path }: Checkout, heading: string, day: number): Promise<void> {
  await appendEntry({
    directory: join(path, 'audit-log/trail'),
    lockFile: join(path, '.drydock/trail.lock'),
    entry: { heading, body: `Of ${heading}.`, at: new Date(`2025-09-${day}T12:00:00Z`) },
  });
}

/** Takes the branch that the checkout is on, with an entry more, to the origin. */
async function commitEntry(checkout: Checkout, heading: string, day: number): Promise<void> {
  await append(checkout, heading, day);
  await checkout.git('add', 'audit-log/trail');
  await checkout.git('commit', '--quiet', '--message', heading);
  await checkout.git('push', '--quiet', 'origin', 'HEAD');
}

/** A pull request whose run knew nothing of the entry that main has since then. */
async function forked(github: World, days: { main: number; branch: number }): Promise<Checkout> {
  await using main = await github.clone();
  await commitEntry(main, 'Before', 20);
  const branch = await github.clone();
  await branch.git('switch', '--quiet', '--create', 'close-out');
  await commitEntry(branch, 'Of the branch', days.branch);
  await commitEntry(main, 'Of main', days.main);
  await branch.git('fetch', '--quiet');
  return branch;
}

async function drydock(cwd: string, ...args: string[]) {
  const { exitCode, all } = await execa(process.execPath, [cli, ...args], {
    cwd,
    all: true,
    reject: false,
    env: { DRYDOCK_HOME: folder.path },
  });
  return { exitCode, all };
}

describe('the workflow of ten lines', () => {
  const file = join(import.meta.dirname, '../fixtures/ten-lines.yml');

  test('is a workflow, and has ten lines or hardly more', async () => {
    const text = readFileSync(file, 'utf8');
    expect(await workflowErrors(file, text.replace('@SHA', `@${'0'.repeat(40)}`))).toEqual([]);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(11);
  });

  test('rehearses a repository that has only SQL: the action installs itself at its own path', async () => {
    const own = join(folder.path, 'only-sql');
    await cp(join(import.meta.dirname, '../fixtures/tiny'), own, { recursive: true });
    await mkdir(join(own, '.github/workflows'), { recursive: true });
    await copyFile(file, join(own, '.github/workflows/rehearsal.yml'));
    await using github = await World.of(folder.path, await commitOf(own), {}, template);
    const run = await github.dispatch('rehearsal.yml', { event: 'pull_request' });
    expect(said(run)).not.toContain('::error');
    expect(run.jobs['rehearse']!.summary).toMatch(/^# GO: tiny\n/);
    expect(await github.branches()).toBe('main');
  });
});

describe('the check of a pull request', () => {
  const verifyTrail = (github: World) => github.dispatch('ci.yml', { event: 'pull_request', only: ['trail'] });

  test('refuses a fork of the trail, and after `trail rebase` lets it in', async () => {
    await using github = await world();
    await using branch = await forked(github, { main: 22, branch: 23 });
    await branch.git('merge', '--quiet', '--no-edit', 'origin/main');
    await branch.git('push', '--quiet', 'origin', 'HEAD:main');
    const refused = await verifyTrail(github);
    expect(refused.result).toBe('failure');
    expect(step(refused, 'Drydock').exitCode).toBe(3);
    expect(said(refused)).toMatch(/2025-09-23\.md:4: This entry and the entry 2 at 2025-09-22\.md:4 cannot both/);
    expect(said(refused)).toContain('drydock trail rebase');

    const main = (await branch.git('log', '--format=%H', '--grep', 'Of main')).trim();
    const { exitCode, all } = await drydock(branch.path, 'trail', 'rebase', '--onto', main);
    expect({ exitCode, all }).toMatchObject({ exitCode: 0, all: expect.stringContaining('entry 2 is now entry 3') });
    await branch.git('commit', '--quiet', '--all', '--message', 'one after the other');
    await branch.git('push', '--quiet', 'origin', 'HEAD:main');
    const allowed = await verifyTrail(github);
    expect(allowed.result).toBe('success');
    expect(allowed.jobs['trail']!.summary).toContain('3 entries, unbroken.');
  });

  test('a fork on one day is a conflict to Git, and `trail rebase` ends the merge', async () => {
    await using github = await world();
    await using branch = await forked(github, { main: 22, branch: 22 });
    await expect(branch.git('merge', '--quiet', '--no-edit', 'origin/main')).rejects.toThrow('CONFLICT');
    expect(await drydock(branch.path, 'trail', 'rebase', '--onto', 'nowhere')).toMatchObject({
      exitCode: 1,
      all: expect.stringContaining('TRAIL_NO_COMMIT: Git knows no trail of nowhere'),
    });
    const rebased = await drydock(branch.path, 'trail', 'rebase');
    expect(rebased).toMatchObject({ exitCode: 0, all: expect.stringContaining('entry 2 is now entry 3') });
    await branch.git('add', 'audit-log/trail');
    await branch.git('commit', '--quiet', '--no-edit');
    expect(await drydock(branch.path, 'trail', 'verify')).toMatchObject({
      exitCode: 0,
      all: expect.stringMatching(/^3 entries, unbroken\./),
    });
  });

  test('has nothing to say where there is no trail yet', async () => {
    await using github = await world();
    const run = await verifyTrail(github);
    expect(run.result).toBe('success');
    expect(step(run, 'Verify the trail').conclusion).toBe('skipped');
  });
});

describe('the proposal of a close-out', () => {
  const propose = async (github: World, checkout: Checkout) =>
    execa('bash', ['scripts/propose_close_out.sh'], {
      cwd: checkout.path,
      all: true,
      reject: false,
      extendEnv: false,
      env: {
        ...github.environment([]),
        GH_TOKEN: token,
        REPOSITORY: 'owner/name',
        RUN_ID: 'r1',
        OUTCOME: 'go',
        HEAD_SHA256: 'f00d',
        BASE: 'main',
      },
    });

  test.each([
    [
      'a refusal by the repository’s settings names the setting',
      'HTTP/2.0 403 Forbidden\r\n\r\n{"message":"GitHub Actions is not permitted to create or approve pull requests."}',
      'Allow GitHub Actions to create and approve pull requests.',
      'Its answer is above',
    ],
    [
      'any other refusal is shown as it is',
      'HTTP/2.0 422 Unprocessable Entity\r\n\r\n{"message":"A pull request already exists."}',
      'Its answer is above',
      'Allow GitHub Actions',
    ],
  ])('%s, and the close-out is in its branch all the same', async (_what, answer, told, notTold) => {
    await using github = await world();
    await github.answerPullRequests(answer, 1);
    await using checkout = await github.clone();
    await append(checkout, 'Of the run', 22);
    const { exitCode, all } = await propose(github, checkout);
    expect(exitCode).toBe(1);
    expect(all).toMatch(/^::error::/m);
    expect(all).toContain(told);
    expect(all).not.toContain(notTold);
    expect(await github.branches()).toBe('drydock/close-out-r1\nmain');
    expect(all).not.toContain(token);
  });
});

describe('the promotion workflow', () => {
  const confirmed = { confirm: 'PROMOTE' };

  test.each([
    ['without confirmation', {}, {}, 'confirm has to be PROMOTE'],
    ['confirmed in other letters', { inputs: { confirm: 'promote' } }, {}, 'confirm has to be PROMOTE'],
    ['confirmed with a command', { inputs: { confirm: '$(echo PROMOTE)' } }, {}, 'confirm has to be PROMOTE'],
    ['with the kill switch on', { inputs: confirmed }, { HOUSEKEEPING_KILL_SWITCH: 'on' }, 'KILL_SWITCH is set'],
  ])('promotes nothing %s', async (_how, order, vars, reason) => {
    await using github = await world();
    const run = await github.dispatch('housekeeping-promotion.yml', { ...order, vars });
    expect(run.jobs).toMatchObject({ confirm: { result: 'failure' }, promote: { result: 'skipped' } });
    expect(said(run)).toContain(reason);
  });

  test('obeys a kill switch that was thrown while the reviewers were asked', async () => {
    await using github = await world();
    const run = await github.dispatch('housekeeping-promotion.yml', {
      inputs: confirmed,
      environments: { production: { HOUSEKEEPING_KILL_SWITCH: 'incident 12' } },
    });
    expect(run.jobs).toMatchObject({ confirm: { result: 'success' }, promote: { result: 'failure' } });
    expect(step(run, 'Promote').conclusion).toBe('skipped');
  });

  test('calls `drydock promote` with its target, and fails without the URL of it', async () => {
    await using github = await world();
    const vars = { HOUSEKEEPING_KILL_SWITCH: 'off' };
    const run = await github.dispatch('housekeeping-promotion.yml', { inputs: confirmed, vars });
    expect(step(run, 'Promote')).toMatchObject({
      exitCode: 2,
      log: expect.stringContaining('The variable DRYDOCK_PRODUCTION_URL is not set'),
    });
    expect(run.result).toBe('failure');
  });
});

describe('the weekly report', () => {
  const report = (github: World, secrets = {}) =>
    github.dispatch('housekeeping-report.yml', { event: 'schedule', secrets });

  test('says what there is no data for, instead of reporting on it', async () => {
    await using github = await world();
    const run = await report(github);
    expect(run.result).toBe('success');
    expect(run.jobs['report']!.summary).toContain('No trail in this branch yet, so nothing was verified.');
    expect(step(run, 'Report the week')).toMatchObject({
      conclusion: 'success',
      log: expect.stringContaining('::warning::Nothing was rehearsed this week'),
    });
  });

  test('is red when the trail is broken, and when the events cannot be read', async () => {
    await using github = await world();
    await using checkout = await github.clone();
    await commitEntry(checkout, 'Of a run', 22);
    const [day] = readdirSync(join(checkout.path, 'audit-log/trail')).filter((name) => name.endsWith('.md'));
    const file = `audit-log/trail/${day}`;
    const text = readFileSync(join(checkout.path, file), 'utf8');
    await github.commit({ [file]: text.replace('Of Of a run.', 'All went well.') });
    const run = await report(github, { AUDIT_DATABASE_URL: 'postgres://nobody:s3cret@127.0.0.1:1/none' });
    expect(step(run, 'Verify the trail')).toMatchObject({ conclusion: 'failure', exitCode: 3 });
    expect(step(run, 'Report the drift of the week').conclusion).toBe('failure');
    expect(said(run)).not.toContain('s3cret');
  });
});

describe('the lease reaper', () => {
  test('sleeps until it is switched on', async () => {
    await using github = await world();
    const run = await github.dispatch('lease-reaper.yml', { event: 'schedule' });
    expect(run.jobs['reap']!.result).toBe('skipped');
  });

  test('ends what is over on the staging server, and keeps the entry about it', async () => {
    await using staging = await Staging.start();
    await staging.run('bootstrap');
    await using session = await staging.connect();
    const { role } = await lend(staging, session, { ttlMs: 1000, now: new Date(Date.now() - 60_000) });
    const { host, port, user, password } = staging.target();
    await using github = await world();
    const run = await github.dispatch('lease-reaper.yml', {
      event: 'schedule',
      vars: { DRYDOCK_STAGING_REAPER: 'on' },
      secrets: {
        DRYDOCK_STAGING_URL: `postgres://${user}:${encodeURIComponent(password!)}@${host}:${port}/?sslmode=disable`,
      },
    });
    expect(said(run)).not.toContain('::error');
    expect(run.result).toBe('success');
    expect(run.jobs['reap']!.summary).toContain(role);
    const { rows } = await session.query('select from pg_catalog.pg_roles where rolname = $1', [role]);
    expect(rows).toEqual([]);
    expect(readdirSync(github.artifacts)).toEqual(['reaper-trail-4711-1']);
  });
});
