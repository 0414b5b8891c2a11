import { expect, test } from 'vitest';
import { weekOf } from '../../audit-log/digests/index.ts';
import { testHome } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

test('a weekly report is filed as data, text and chart, and restated when there is more to say', async () => {
  await using project = await TestProject.copy(testHome);
  const week = weekOf(new Date());
  const report = () => project.drydock('report', 'weekly', '--week', week, '--out', 'reports');
  expect(await report()).toMatchObject({ code: 4, stdout: expect.stringContaining('No data: no whole run') });
  expect(await project.drydock('run')).toMatchObject({ code: 0 });
  const second = await report();
  expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('version 2: it replaces version 1') });
  expect(await project.read(`reports/${week}.md`)).toBe(`${second.stdout}\n`);
  expect(second.stdout).toContain(`](${week}.svg)`);
  expect(await project.read(`reports/${week}.svg`)).toMatch(/go \(1\)/);
  const filed = JSON.parse(await project.read(`reports/${week}.json`));
  expect(filed).toMatchObject({ kind: 'weekly', color: 'green', version: 2, restates: expect.any(String) });
  const third = await project.drydock('report', 'weekly', '--week', week, '--out', 'reports', '--json');
  expect(JSON.parse(third.stdout)).toEqual(filed);
});

test.for([
  [['--week', '2026-W54'], '"2026-W54" is not a week.'],
  [['--week', 'last'], '"last" is not a week.'],
])('a week that is none is a usage error: %s', async ([flags, words]) => {
  await using project = await TestProject.copy(testHome);
  const { code, stderr } = await project.drydock('report', 'weekly', ...(flags as string[]));
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words as string) });
});
