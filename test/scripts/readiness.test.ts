import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadProject } from '../../ops/config/index.ts';
import { sha256 } from '../../ops/evidence.ts';
import { placeOf, sourceOf } from '../../scripts/workplace.ts';
import { readReadiness, type Readiness } from '../../stage/readiness/index.ts';
import { testHome } from '../support/home.ts';
import type { TestProject } from '../support/project.ts';
import { commit, git, makeKey, restoring, signAs, teamProject } from '../support/team.ts';

let project: TestProject;

beforeAll(async () => {
  project = await teamProject(testHome);
});
afterAll(() => project[Symbol.asyncDispose]());

// In order: each part builds on what the one before left.
describe('readiness', () => {
  test('is unproven before any run, and says what to do', async () => {
    expect(await project.drydock('readiness')).toMatchObject({ code: 4 });
    const { verdict, run, missing } = await readiness();
    expect({ verdict, run }).toEqual({ verdict: 'unproven', run: null });
    expect(missing[0]).toBe('A run: the trail has none of this project. Rehearse with "drydock run".');
    const { code, stderr } = await signAs(project, 'dba', 'bob');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('SIGN_NO_RUN') });
  });

  test('shows the seven criteria of a run with their numbers, and still wants the sign-offs', async () => {
    expect(await project.drydock('run')).toMatchObject({ code: 0 });
    const { verdict, run, criteria, missing } = await readiness();
    expect(verdict).toBe('unproven');
    expect(run!.report).toMatch(/^[0-9a-f]{64}$/);
    expect(criteria).toHaveLength(7);
    const needed = criteria.filter(({ required }) => required);
    expect(needed.map(({ verdict: decided, examined }) => [decided, examined > 0])).toEqual(
      needed.map(() => ['go', true]),
    );
    expect(missing).toEqual(['The sign-off of agent.', 'The sign-off of operator.', 'The sign-off of dba.']);
  });

  test('outlives the commit of what Drydock wrote itself: the trail, a weekly report', async () => {
    await commit(project);
    expect((await readiness()).run).not.toBeNull();
    expect(await project.drydock('report', 'weekly')).toMatchObject({ code: 0 });
    await commit(project);
    expect(await git(project, 'show', '--name-only', '--format=')).toContain('ops/reports/housekeeping/');
    expect((await readiness()).run).not.toBeNull();
  });
});

describe('a sign-off', () => {
  test('is refused by a role that nobody asked for, a stranger’s key, and somebody else’s', async () => {
    expect(await signAs(project, 'dbaa', 'bob')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('SIGN_ROLE'),
    });
    await makeKey(project, 'eve');
    expect(await signAs(project, 'dba', 'eve')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('SIGN_UNKNOWN'),
    });
    expect(await signAs(project, 'dba', 'bob', 'ada')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('SIGN_UNKNOWN'),
    });
  });

  test('of a person’s role is refused to a program', async () => {
    const { code, stderr } = await signAs(project, 'dba', 'codex');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('SIGN_AGENT') });
  });

  test('is given once per role, and once per person', async () => {
    expect(await signAs(project, 'operator', 'ada')).toMatchObject({ code: 0 });
    expect(await signAs(project, 'operator', 'ada')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('SIGN_TAKEN'),
    });
    expect(await signAs(project, 'dba', 'ada')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('SIGN_TWICE'),
    });
  });

  test('leaves nothing behind when it is refused', async () => {
    expect(await signOffFiles()).toEqual([expect.stringContaining('.operator.sign-off.json')]);
  });

  test('makes a change ready when everybody has signed, on a trail that verifies', async () => {
    expect(await signAs(project, 'agent', 'codex')).toMatchObject({ code: 0 });
    expect(await signAs(project, 'dba', 'bob')).toMatchObject({ code: 0 });
    expect(await readiness()).toMatchObject({ verdict: 'go', missing: [] });
    expect(await project.drydock('readiness')).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nGO$/) });
    expect(await project.drydock('sign', '--verify')).toMatchObject({ code: 0 });
    expect(await project.drydock('trail', 'verify')).toMatchObject({ code: 0 });
  });

  test.each([
    ['was edited', (text: string) => text.replace('"ada"', '"bob"'), 'the trail does not name it'],
    ['is another role’s', (text: string) => text.replace('"operator"', '"dba"'), 'it was signed for dba'],
    [
      'is of another report',
      (text: string) => text.replace(/("report": ")./, '$1-'),
      'it was signed for another report',
    ],
  ])('that %s is a no-go', async (_, forge, why) => {
    const [file] = (await signOffFiles()).filter((name) => name.includes('operator'));
    const path = join('audit-log/trail/evidence', file!);
    await restoring(project, path, async () => {
      await project.write(path, forge(await project.read(path)));
      const { verdict, signOffs } = await readiness();
      expect(verdict).toBe('no-go');
      expect(signOffs).toContainEqual(expect.objectContaining({ role: 'operator', status: 'refused', why }));
    });
  });
});

describe('evidence no longer counts', () => {
  test.each([
    ['a migration is new', 'sql/shop/9999_new.sql', '-- title: new\n', 'others now than it ran with: migrations'],
    ['a backfill is new', 'sql/backfills/9999.sql', 'select 1;\n', 'others now than it ran with: scripts'],
  ])('when %s', async (_, path, content, why) => {
    await project.write(path, content);
    expect(await firstDisregarded()).toContain(why);
    await project.remove(path);
  });

  test.each([
    ['the project file', 'drydock.yaml'],
    ['a migration', 'sql/shop/0010_orders.sql'],
    ['the list of who may sign', 'allowed_signers'],
  ])('when %s changed since the commit', async (_, path) => {
    await restoring(project, path, async () => {
      await project.write(path, `${await project.read(path)}# one more line\n`);
      expect(await firstDisregarded()).toContain(`other files: ${path}`);
    });
  });

  test('when it is older than the project allows', async () => {
    const { verdict, missing } = await readiness(new Date('2099-01-01T00:00:00Z'));
    expect(verdict).toBe('unproven');
    expect(missing[0]).toContain('it is older than 7d');
  });

  test('when its report is not the one that the close-out names', async () => {
    const { run } = await readiness();
    const path = `audit-log/trail/evidence/${run!.runId}.json`;
    await restoring(project, path, async () => {
      await project.edit(path, '"outcome": "go"', '"outcome": "go" ');
      const { verdict, missing } = await readiness();
      expect(verdict).toBe('no-go');
      expect(missing[0]).toContain('is not what any close-out names');
    });
  });

  test('when its sha256 stands in the trail because somebody is called so: the name of who acted vouches for nothing', async () => {
    const { run } = await readiness();
    const real = await project.read(`audit-log/trail/evidence/${run!.runId}.json`);
    const forged = real.replaceAll(run!.runId, '20990101T000000Z-00000000');
    const path = 'audit-log/trail/evidence/20990101T000000Z-00000000.json';
    const named = project.with({ DRYDOCK_ACTOR: sha256(forged) });
    await restoring(project, 'sql/checks/orders_there.sql', async () => {
      await project.edit('sql/checks/orders_there.sql', 'select', 'select 1/0,');
      expect((await named.drydock('run')).code).not.toBe(0);
    });
    const days = (await readdir(join(project.folder, 'audit-log/trail'))).filter((name) => name.endsWith('.md'));
    expect(await project.read(`audit-log/trail/${days.at(-1)}`)).toContain(sha256(forged));
    await project.write(path, forged);
    const { verdict, missing } = await readiness();
    await project.remove(path);
    expect({ verdict, why: missing[0] }).toEqual({
      verdict: 'no-go',
      why: expect.stringContaining('is not what any close-out names'),
    });
  });

  test('when a newer run on the same files is no-go', async () => {
    await restoring(project, 'sql/checks/orders_there.sql', async () => {
      // the file is one of the inputs, so the failing run must be of a commit of its own
      await project.edit('sql/checks/orders_there.sql', 'select', 'select 1/0,');
      await commit(project);
      expect((await project.drydock('run')).code).not.toBe(0);
      expect((await readiness()).verdict).not.toBe('go');
      expect(await signAs(project, 'dba', 'bob')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('SIGN_NOT_GO'),
      });
    });
    await git(project, 'checkout', '--quiet', '--', 'sql');
  });
});

/** As the command reads it; in this process, since it is read often. */
async function readiness(now = new Date()): Promise<Readiness> {
  const loaded = await loadProject(join(project.folder, 'drydock.yaml'));
  const place = placeOf(loaded, {});
  return (await readReadiness({ project: loaded, source: sourceOf(loaded, { cwd: project.folder }), place, now }))
    .readiness;
}

async function firstDisregarded(): Promise<string> {
  const { verdict, disregarded } = await readiness();
  expect(verdict).toBe('unproven');
  return disregarded[0]!.why;
}

async function signOffFiles(): Promise<string[]> {
  const names = await readdir(join(project.folder, 'audit-log/trail/evidence'));
  return names.filter((name) => name.endsWith('.sign-off.json'));
}
