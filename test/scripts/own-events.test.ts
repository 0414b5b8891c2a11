import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { drydock, urlOf, workFolder } from '../support/event-command.ts';
import { startServer } from '../support/events.ts';
import { exampleFile, tinyFile } from '../support/staging.ts';

test('where AUDIT_BACKEND is set, what Drydock does is an event itself', async () => {
  await using folder = await workFolder();
  const env = { AUDIT_BACKEND: 'jsonl', DRYDOCK_ACTOR: 'Olena K' };
  await drydock(folder.path, ['jobs', 'list'], { env });
  await drydock(folder.path, ['jobs', 'run', 'nothing'], { env });
  const { stdout } = await drydock(folder.path, ['events', 'tail', '--json'], { env });
  const recorded = JSON.parse(stdout) as Record<string, unknown>[];
  expect(recorded.map(({ tool, action, status, user_id }) => [tool, action, status, user_id])).toEqual([
    ['drydock', 'jobs', 'pass', 'Olena-K'],
    ['drydock', 'jobs', 'failed', 'Olena-K'],
  ]);
});

test('a verdict is no failure of the command, and a server that refuses it denied it', async () => {
  await using folder = await workFolder();
  await using server = await startServer();
  const url = urlOf({ ...server.target('postgres'), password: 'wrong' });
  const directory = { AUDIT_BACKEND: 'jsonl', AUDIT_JSONL_DIR: 'audit' };
  await drydock(folder.path, ['digest', 'cost'], { env: directory }); // unproven: nobody made a call yesterday
  await drydock(folder.path, ['jobs', 'start'], { env: { ...directory, DATABASE_URL: url } });
  const { stdout } = await drydock(folder.path, ['events', 'tail', '--json'], { env: directory });
  const recorded = JSON.parse(stdout) as Record<string, unknown>[];
  expect(recorded.map(({ action, status }) => [action, status])).toEqual([
    ['digest', 'pass'],
    ['jobs', 'denied'],
  ]);
});

test('what a command does from another folder is an event of its project', async () => {
  await using elsewhere = await workFolder();
  await using project = await workFolder();
  const config = join(project.path, 'drydock.yaml');
  await copyFile(tinyFile, config);
  await drydock(elsewhere.path, ['jobs', 'list', '--config', config], { env: { AUDIT_BACKEND: 'jsonl' } });
  expect(existsSync(join(elsewhere.path, '.drydock'))).toBe(false);
  const { stdout } = await drydock(elsewhere.path, ['events', 'tail', '--config', config, '--json']);
  expect(JSON.parse(stdout)).toMatchObject([{ tool: 'drydock', action: 'jobs', workspace_id: 'tiny' }]);
  expect(existsSync(join(project.path, '.drydock/audit'))).toBe(true);
});

test.each([
  ['with a mistake in it', (text: string) => `${text}\nnonsense: 1\n`, 'tiny', '.kept'],
  ['that is no YAML', (text: string) => `${text}\n]: [\n`, 'tiny', '.kept'],
  ['that says nothing', () => 'x', 'a-project', '.drydock'],
])('a project file %s loses no event of the command that fails on it', async (_what, broken, workspace, state) => {
  await using root = await workFolder();
  const folder = join(root.path, 'a project');
  await mkdir(folder);
  const config = join(folder, 'drydock.yaml');
  const text = await readFile(tinyFile, 'utf8');
  await writeFile(config, broken(`trail: { state: .kept }\n${text}`));
  const { code, stderr } = await drydock(root.path, ['run', '--config', config], { env: { AUDIT_BACKEND: 'jsonl' } });
  expect(code).toBe(2);
  expect(stderr).not.toContain('WARNING');
  const { stdout } = await drydock(folder, [
    'events',
    'tail',
    '--audit-dir',
    `${state}/audit`,
    '--json',
    '--config',
    exampleFile,
  ]);
  expect(JSON.parse(stdout)).toMatchObject([{ action: 'run', status: 'failed', workspace_id: workspace }]);
});
