import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import type { Log } from 'sarif';
import { parse } from 'yaml';
import type { Report } from '../../stage/report.ts';
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

async function rehearse(
  project: TestProject,
  dryRun: boolean,
  env: Readonly<Record<string, string>> = {},
): Promise<StepRun> {
  const files = { output: join(project.folder, 'output.txt'), summary: join(project.folder, 'summary.md') };
  await Promise.all(Object.values(files).map((file) => writeFile(file, '')));
  const { exitCode, all } = await execa('bash', ['-c', scriptOf('Drydock')], {
    cwd: project.folder,
    reject: false,
    all: true,
    env: {
      ROOT: root,
      DRYDOCK_CONFIG: 'drydock.yaml',
      DRYDOCK_DRY_RUN: String(dryRun),
      DRYDOCK_DISPOSABLE_SERVER: 'false',
      DRYDOCK_HOME: project.home,
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'mona',
      GITHUB_WORKSPACE: project.folder,
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
      ...env,
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
    expect(log).toMatch(/::error::CONFIG_MISSING: Cannot read the project file .*drydock\.yaml: ENOENT\./);
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

  test('writes what code scanning, test reports and attestations read, and names the files', async () => {
    await using project = await TestProject.copy(folder.path);
    await project.write('sql/shop/0020_bare.sql', 'create table shop.bare (id integer primary key);');
    const { outputs } = await rehearse(project, true, { GITHUB_WORKSPACE: dirname(project.folder) });
    const read = (output: string) => readFileSync(outputs[output]!, 'utf8');
    const results = JSON.parse(read('sarif')).runs[0].results as Log['runs'][number]['results'];
    const places = results!.map(({ locations }) => locations![0]!.physicalLocation!.artifactLocation!.uri!);
    // the project lies in a folder of the repository, and SARIF's readers start at the top
    expect(places.length).toBeGreaterThan(0);
    expect(places.filter((place) => !place.startsWith(`${basename(project.folder)}/`))).toEqual([]);
    expect(read('junit')).toContain('<testsuites name="drydock tiny"');
    const report = JSON.parse(read('report')) as Report;
    expect(JSON.parse(read('predicate'))).toMatchObject({
      run: outputs['run-id'],
      verdict: 'no-go',
      gates: report.gates.map(({ id, verdict }) => ({ id, verdict })),
      trail: null,
    });
  });

  test('lends for as long as it is told, and not for longer than the project allows', async () => {
    await using project = await TestProject.copy(folder.path);
    const { outputs } = await rehearse(project, true, { DRYDOCK_LEASE_TTL: '7m' });
    const [{ createdAt, expiresAt }] = (JSON.parse(readFileSync(outputs['report']!, 'utf8')) as Report).credentials as [
      Report['credentials'][number],
    ];
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(7 * 60_000);
    const tooLong = await rehearse(project, true, { DRYDOCK_LEASE_TTL: '900h' });
    expect(tooLong).toMatchObject({ exitCode: 2, log: expect.stringContaining('::error::USAGE_TTL: ') });
  });

  test('does another command, and shows what it printed', async () => {
    await using project = await TestProject.copy(folder.path);
    await rehearse(project, false);
    const { exitCode, outputs, summary } = await rehearse(project, true, { DRYDOCK_COMMAND: 'trail  verify' });
    expect(exitCode).toBe(0);
    expect(outputs['outcome']).toBe('go');
    expect(summary).toMatch(/^# GO: drydock trail verify\n\n```\n1 entries, unbroken\./);
  });

  test.each([
    ['a command that there is not', { DRYDOCK_COMMAND: 'runn' }, "unknown command 'runn'"],
    ['a provider that there is not', { DRYDOCK_PROVIDER: 'cloud' }, 'USAGE_PROVIDER: There is no provider "cloud".'],
    ['a dry-run that is neither', { DRYDOCK_DRY_RUN: 'yes' }, 'USAGE_INPUT: The input dry-run is neither true nor'],
    ['a command of a shell', { DRYDOCK_COMMAND: 'trail;id' }, "unknown command 'trail;id'"],
    ['no server', { DRYDOCK_PROVIDER: 'remote', DRYDOCK_DRY_RUN: 'false' }, 'CONFIG_REMOTE_URL: The environment'],
  ])('refuses %s', async (_what, env, reason) => {
    await using project = await TestProject.copy(folder.path);
    const { exitCode, log } = await rehearse(project, true, env);
    expect({ exitCode, log }).toEqual({ exitCode: 2, log: expect.stringContaining(reason) });
  });

  test('masks the server’s password as it is written and as it is meant, even when the URL is of no use', async () => {
    await using project = await TestProject.copy(folder.path);
    const { log } = await rehearse(project, false, {
      DRYDOCK_PROVIDER: 'remote',
      DRYDOCK_REMOTE_URL: 'postgres://admin:p%40ss%2Fword@db.example/?sslmode=prefer',
    });
    const masks = [...log.matchAll(/^::add-mask::(.+)$/gm)].map(([, secret]) => secret);
    expect(masks).toEqual(expect.arrayContaining(['p%2540ss%252Fword', 'p@ss/word']));
    expect(log.replaceAll(/^::add-mask::.+$/gm, '')).not.toMatch(/p%40ss|p@ss/);
  });
});
