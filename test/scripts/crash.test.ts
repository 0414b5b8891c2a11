import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

const folder = await temporaryFolder();
const home = folder.path;
afterAll(() => folder[Symbol.asyncDispose]());

/** Processes whose command line or working directory names the home: servers that are still there. */
function serversIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/instances`);
      } catch {
        return false; // it ended while we looked
      }
    });
}

/** Starts a run and ends it with a signal as soon as its progress shows `mark`. */
async function endAt(project: TestProject, mark: string, signal: 'SIGKILL' | 'SIGINT') {
  const run = project.start('run', '--config', 'drydock.yaml');
  let seen = '';
  let sent = false;
  run.stderr!.on('data', (chunk: Buffer) => {
    seen += String(chunk);
    // once: a second Ctrl-C does not wait for the cleaning up
    if (!sent && seen.includes(mark)) sent = run.kill(signal);
  });
  return run;
}

describe.runIf(process.platform === 'linux')('a run that is killed', () => {
  test.for(['start', 'bootstrap', 'apply', 'ingest', 'isolate', 'reclaim'])(
    'kill -9 after %s: the next command, whatever it is, leaves no server and no data, and the trail is whole',
    async (step) => {
      await using project = await TestProject.copy(home);
      expect((await project.drydock('run')).code).toBe(0);
      const killed = await endAt(project, `✔ ${step}`, 'SIGKILL');
      expect(killed.signal).toBe('SIGKILL');
      const next = await project.drydock('trail', 'verify');
      expect(next.code).toBe(0);
      expect(next.stdout).toContain('1 entries, unbroken');
      expect(await project.instances()).toEqual([]);
      expect(serversIn(home)).toEqual([]);
    },
  );

  test('the run after a killed one goes', async () => {
    await using project = await TestProject.copy(home);
    await endAt(project, '✔ apply', 'SIGKILL');
    const { code, stderr } = await project.drydock('run');
    expect(code).toBe(0);
    expect(stderr).toMatch(/cleared the leftovers of run \d{8}T\d{6}Z-[0-9a-f]{8}/);
  });
});

describe('a run that is cancelled', () => {
  test('Ctrl-C stops a running statement, cleans up, and writes a cancelled close-out', async () => {
    await using project = await TestProject.copy(home);
    await project.write('sql/shop/0020_slow.sql', '-- title: Slow\n\nselect pg_catalog.pg_sleep(50);\n');
    const { exitCode, stdout } = await endAt(project, '✔ lend', 'SIGINT');
    expect(exitCode).toBe(130);
    expect(stdout).toContain('CANCELLED');
    const entry = await project.trail();
    expect(entry).toMatch(/\| outcome \| cancelled \|/);
    expect(entry).toMatch(/\| apply \| cancelled \|/);
    expect(entry).toMatch(/\| reclaim \| done \|/);
    expect(await project.instances()).toEqual([]);
  });

  test('Ctrl-C while the server is starting leaves nothing and says cancelled', async () => {
    await using project = await TestProject.copy(home);
    const before = await project.instances();
    const run = project.start('run', '--config', 'drydock.yaml');
    while ((await project.instances()).length === before.length) await sleep(1);
    run.kill('SIGINT');
    const { exitCode } = await run;
    expect(exitCode).toBe(130);
    expect(await project.trail()).toMatch(/\| outcome \| cancelled \|/);
    expect(await project.instances()).toEqual([]);
  });
});
