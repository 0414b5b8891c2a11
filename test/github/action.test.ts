import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

const root = join(import.meta.dirname, '../..');
const actionPath = join(root, '.github/actions/drydock');
const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());

/** The script of a step of the composite action, exactly as written. */
function scriptOf(name: string): string {
  const action = parse(readFileSync(join(actionPath, 'action.yml'), 'utf8'));
  return action.runs.steps.find((step: { name: string }) => step.name === name).run;
}

/** What the runner gets to see of the step `Rehearse`. */
interface StepRun {
  readonly exitCode: number | undefined;
  readonly log: string;
  readonly outputs: Record<string, string>;
  readonly summary: string;
}

async function rehearse(project: TestProject, dryRun: boolean): Promise<StepRun> {
  const files = { output: join(project.folder, 'output.txt'), summary: join(project.folder, 'summary.md') };
  await Promise.all(Object.values(files).map((file) => writeFile(file, '')));
  const { exitCode, all } = await execa('bash', ['-c', scriptOf('Rehearse')], {
    cwd: project.folder,
    reject: false,
    all: true,
    env: {
      ACTION_PATH: actionPath,
      DRYDOCK_CONFIG: 'drydock.yaml',
      DRYDOCK_DRY_RUN: String(dryRun),
      DRYDOCK_HOME: project.home,
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'mona',
      GITHUB_WORKSPACE: project.folder,
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
    },
  });
  const outputs = readFileSync(files.output, 'utf8').matchAll(/^(.+)<<(ghadelimiter_.+)\n([\s\S]*?)\n\2$/gm);
  return {
    exitCode,
    log: String(all),
    outputs: Object.fromEntries([...outputs].map(([, name, , value]) => [name, value])),
    summary: readFileSync(files.summary, 'utf8'),
  };
}

describe('the action', () => {
  test('goes: outputs, a summary with the verdict first, a chained entry that is headed as of CI', async () => {
    await using project = await TestProject.copy(folder.path);
    const { exitCode, outputs, summary } = await rehearse(project, false);
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({ outcome: 'go', gates: '{"go":6,"no-go":0,"unproven":1}' });
    expect(existsSync(outputs['report']!)).toBe(true);
    expect(summary.split('\n')[0]).toBe('# GO: tiny');
    expect(summary).toContain(`sha256 \`${outputs['trail-sha256']}\``);
    expect(await project.trail()).toContain('## CI Automation Close-Out (');
    expect(await project.trail()).toContain('| actor | mona |');
  });

  test('a dry run leaves the trail alone; its close-out says what it is', async () => {
    await using project = await TestProject.copy(folder.path);
    const { exitCode, outputs, summary } = await rehearse(project, true);
    expect(exitCode).toBe(0);
    expect(outputs['trail-sha256']).toBe('');
    expect(summary).toContain('A dry run: no entry was added to the trail.');
    expect(existsSync(join(project.folder, 'audit-log'))).toBe(false);
    const closeOut = await project.read(join('.drydock/runs', outputs['run-id']!, 'close-out.md'));
    expect(closeOut).toMatch(/^## CI Automation Close-Out \(.+Z\) \(dry run\)\n/);
    expect(closeOut).not.toContain('<!-- drydock');
  });

  test('a broken migration is red, and annotated at its file and line', async () => {
    await using project = await TestProject.copy(folder.path);
    await project.write('sql/shop/0020_broken.sql', '-- title: Broken\n\nselect id,\n    labl from shop.orders;\n');
    const { exitCode, log, outputs, summary } = await rehearse(project, false);
    expect(exitCode).toBe(1);
    expect(outputs['outcome']).toBe('failed');
    expect(log).toMatch(
      /::error title=SQL_FAILED,file=sql\/shop\/0020_broken\.sql,line=4::.*column "labl" does not exist/,
    );
    expect(summary.split('\n')[0]).toBe('# FAILED: tiny');
  });

  test('a planted fault is red; beyond ten findings the rest is counted', async () => {
    await using project = await TestProject.copy(folder.path);
    const tables = Array.from({ length: 12 }, (_, n) => `create table shop.bare${n} (id integer primary key);`);
    await project.write('sql/shop/0020_bare.sql', tables.join('\n'));
    const { exitCode, log, outputs } = await rehearse(project, false);
    expect(exitCode).toBe(3);
    expect(outputs['outcome']).toBe('no-go');
    const annotations = log.split('\n').filter((line) => line.startsWith('::error'));
    expect(annotations).toHaveLength(10);
    expect(annotations.at(-1)).toMatch(/\d+ more are in the job summary/);
  });

  test('a project file that is not there is a usage error, said as an annotation', async () => {
    await using project = await TestProject.copy(folder.path);
    await project.remove('drydock.yaml');
    const { exitCode, log } = await rehearse(project, true);
    expect(exitCode).toBe(2);
    expect(log).toMatch(/::error::Cannot read the project file .*drydock\.yaml: ENOENT\./);
  });

  test('every secret is masked before anything else is said about it, and stands in no file', async () => {
    await using project = await TestProject.copy(folder.path);
    const { log, outputs, summary } = await rehearse(project, false);
    const secrets = [...log.matchAll(/^::add-mask::(.+)$/gm)].map(([, secret]) => secret!);
    expect(secrets.length).toBeGreaterThanOrEqual(2);
    const report = await project.read(join('.drydock/runs', outputs['run-id']!, 'report.json'));
    const written = [JSON.stringify(outputs), summary, report, await project.trail()].join('\n');
    expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
    const said = log.replaceAll(/^::add-mask::.+$/gm, '');
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
  });
});

describe('the proposal of a close-out', () => {
  test('pushes a branch of its own and asks for a pull request; the branch of the run stays as it was', async () => {
    await using project = await TestProject.copy(folder.path);
    const git = async (...args: string[]) => (await execa('git', args, { cwd: project.folder })).stdout;
    const remote = join(project.folder, 'remote.git');
    await git('init', '--quiet', '--bare', remote);
    await git('init', '--quiet', '--initial-branch', 'main');
    await git(
      '-c',
      'user.name=t',
      '-c',
      'user.email=t@example.com',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'first',
    );
    await git('push', '--quiet', remote, 'main');
    const { outputs } = await rehearse(project, false);
    await project.write('gh', '#!/bin/sh\nprintf "%s\\n" "$@" > gh-called.txt\n');
    await execa('chmod', ['+x', 'gh'], { cwd: project.folder });
    await execa('bash', [join(root, 'scripts/propose_close_out.sh')], {
      cwd: project.folder,
      env: {
        PATH: `${project.folder}:${process.env['PATH']}`,
        GH_TOKEN: 'token',
        REPOSITORY: 'owner/name',
        RUN_ID: outputs['run-id']!,
        OUTCOME: outputs['outcome']!,
        HEAD_SHA256: outputs['trail-sha256']!,
        BASE: 'main',
        // the server of the stand-in repository is a folder
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: `url.${remote}.insteadOf`,
        GIT_CONFIG_VALUE_0: 'https://x-access-token:token@github.com/owner/name.git',
      },
    });
    const branch = `drydock/close-out-${outputs['run-id']}`;
    expect((await git('--git-dir', remote, 'branch', '--format=%(refname:short)')).split('\n')).toEqual([
      branch,
      'main',
    ]);
    expect(await git('--git-dir', remote, 'diff', '--stat', 'main', branch)).toContain('audit-log/trail/');
    expect(await project.read('gh-called.txt')).toContain(`--base\nmain\n--head\n${branch}\n`);
  });
});
