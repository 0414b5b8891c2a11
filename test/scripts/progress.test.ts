import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { keptInstances } from '../../stage/keeper/index.ts';
import { temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

const folder = await temporaryFolder();
const home = folder.path;
afterAll(() => folder[Symbol.asyncDispose]());

const escapes = /\u001b\[/;

describe('progress', () => {
  test('in a pipe is a plain line for each step; --quiet leaves it out; the result is the same', async () => {
    await using project = await TestProject.copy(home);
    const plain = await project.drydock('run');
    expect(plain.stderr).toMatch(/^✔ start/);
    expect(plain.stderr).not.toMatch(escapes);
    const quiet = await project.drydock('run', '--quiet');
    expect([quiet.code, quiet.stderr]).toEqual([0, '']);
    expect(quiet.stdout).toContain('GO');
  });

  test('--verbose shows statements with their times, and no secret', async () => {
    await using project = await TestProject.copy(home);
    const { stderr } = await project.drydock('run', '--keep', '--verbose');
    const [{ address } = { address: undefined }] = await keptInstances(home);
    expect(stderr).toMatch(/\d+\.\d ms {2}create role "agent_[0-9a-f]{8}" login/);
    expect(stderr).toContain("password 'SCRAM-SHA-256$…'");
    expect(stderr).not.toContain(address!.adminPassword);
    await project.drydock('down');
  });

  test.runIf(process.platform === 'linux')('on a terminal moves, and ends as the plain lines', async () => {
    await using project = await TestProject.copy(home);
    const cli = new URL('../../scripts/drydock.js', import.meta.url).pathname;
    const command = `stty cols 100 rows 30; '${process.execPath}' '${cli}' run --config drydock.yaml`;
    const { stdout } = await execa('script', ['-qec', command, '/dev/null'], {
      cwd: project.folder,
      env: { DRYDOCK_HOME: home, TERM: 'xterm', CI: '' },
    });
    expect(stdout).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏].* Get a staging Postgres/);
    expect(stdout).toMatch(/✔.* start +\d+ ms/);
    expect(stdout).not.toContain('\u001b[?25l');
  });
});
