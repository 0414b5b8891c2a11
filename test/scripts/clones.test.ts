import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder, type TemporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

test('a staging is cloned, lent, listed, put back and taken down from the command line', async () => {
  await using project = await TestProject.copy(folder.path);
  expect((await project.drydock('clone', 'early')).stderr).toContain('STAGING_NONE');
  await project.drydock('up', '--port', 'any');
  try {
    expect((await project.drydock('apply')).code).toBe(0);
    const made = await project.drydock('clone', 'one', '--ttl', '5m', '--json');
    expect(JSON.parse(made.stdout)).toMatchObject({ database: 'tiny_stage_one', of: { after: 'apply' } });
    await dyingByTheServersClock(project);
    const lent = await project.drydock('handoff', '--database', 'tiny_stage_one', '--no-attack', '--format', 'env');
    expect(lent.stdout).toContain('tiny_stage_one');
    const listed = await project.drydock('clone', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({ template: { after: 'apply' }, clones: [{ name: 'one' }] });
    expect((await project.drydock('status')).stdout).toContain('clones: one');
    expect((await project.drydock('reset')).stdout).toMatch(/back to what it was as of .*, after apply .*stood ready/);
    expect((await project.drydock('leases')).stdout).toContain('on tiny_stage_one');
    expect((await project.drydock('clone', 'one', '--drop')).stdout).toContain('Ended with it: agent_');
  } finally {
    await project.drydock('down');
  }
  expect(await project.instances()).toEqual([]);
});

test.each([
  [['clone', '--drop'], 'USAGE_CLONE'],
  [['clone', 'a', '--drop', '--live'], 'USAGE_CLONE'],
  [['clone', 'a', '--end-sessions'], 'USAGE_CLONE'],
])('%j is a usage error', async (args, code) => {
  await using project = await TestProject.copy(folder.path);
  const { code: exit, stderr } = await project.drydock(...args);
  expect(exit).toBe(2);
  expect(stderr).toContain(code);
});

/** A clone that is made by a machine whose clock is an hour behind lasts as long as it should all the same. */
async function dyingByTheServersClock(project: TestProject): Promise<void> {
  const hourBehind =
    'const { now } = Date; Date.now = () => now() - 3600000; globalThis.Date = class extends Date { constructor(...a) { super(...(a.length ? a : [Date.now()])) } }';
  const late = project.with({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hourBehind)}` });
  const { stdout } = await late.drydock('clone', 'late', '--ttl', '5m', '--json');
  const leftMs = Date.parse((JSON.parse(stdout) as { expiresAt: string }).expiresAt) - Date.now();
  expect(leftMs).toBeGreaterThan(0);
  expect((await late.drydock('clone', 'late', '--drop')).code).toBe(0);
}
