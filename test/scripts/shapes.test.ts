import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeManyTables } from '../../scripts/bench/many-tables.ts';
import { Session } from '../../ops/postgres/index.ts';
import { keptInstances } from '../../stage/keeper/index.ts';
import type { Report } from '../../stage/report.ts';
import { temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

const folder = await temporaryFolder();
const home = folder.path;
afterAll(() => folder[Symbol.asyncDispose]());

const open = (report: Report) =>
  report.measurements.filter(({ verdict }) => verdict !== 'go').map(({ id, findings }) => ({ id, findings }));

describe('projects of other shapes', () => {
  test('quoted and mixed-case names, 63 bytes, partitions, inheritance, composite keys', async () => {
    await using project = await TestProject.copy(home, 'quoted');
    const { code, stdout } = await project.drydock('run', '--json');
    const report = JSON.parse(stdout) as Report;
    expect(open(report)).toEqual([]);
    expect([report.outcome, code]).toEqual(['go', 0]);
    expect(report.steps.find(({ name }) => name === 'backfill')!.rows).toBe(15);
  });

  test('a partition that comes later is secured like the table it joins', async () => {
    await using project = await TestProject.copy(home, 'quoted');
    await project.drydock('run', '--keep');
    const { address } = (await keptInstances(home)).find(({ projectFile }) => projectFile.startsWith(project.folder))!;
    const { host, port, admin: user, adminPassword: password } = address;
    {
      await using session = await Session.open({ host, port, user, password, database: 'Quoted Stage' });
      await session.query(
        `create table "Web Shop"."Orders 2026-03" partition of "Web Shop"."Orders" for values from ('2026-03-01') to ('2026-04-01')`,
      );
      expect(
        await session.row(`select relrowsecurity, relforcerowsecurity from pg_class where relname = 'Orders 2026-03'`),
      ).toEqual({ relrowsecurity: true, relforcerowsecurity: true });
    }
    const { code, stdout } = await project.drydock('check');
    expect(code).toBe(3);
    expect(stdout).toContain('Web Shop.Orders 2026-03: no policy at all');
    await project.drydock('down');
  });

  test('everything in public: enums, domains, ranges, composites, identity, generated, exclusion, a key to itself', async () => {
    await using project = await TestProject.copy(home, 'typed');
    const { code, stdout } = await project.drydock('run', '--json');
    const report = JSON.parse(stdout) as Report;
    expect(open(report)).toEqual([]);
    expect([report.outcome, code]).toEqual(['go', 0]);
  });

  test('trees: partitions of partitions, inheritance of inheritance, links by a composite key between quoted tables', async () => {
    await using project = await TestProject.copy(home, 'tree');
    const { code, stdout } = await project.drydock('run', '--json');
    const report = JSON.parse(stdout) as Report;
    expect(open(report)).toEqual([]);
    expect([report.outcome, code]).toEqual(['go', 0]);
    expect(report.steps.find(({ name }) => name === 'hydrate')!.rows).toBe(6);
  });

  test('many tables in many domains, each looked at', async () => {
    await using project = await TestProject.copy(home, 'typed');
    await mkdir(join(project.folder, 'many'));
    const tables = 120;
    const file = await makeManyTables(join(project.folder, 'many'), { domains: 6, tables });
    const { stdout } = await project.start('run', '--config', file, '--json');
    const report = JSON.parse(String(stdout)) as Report;
    expect(open(report)).toEqual([]);
    expect(report.outcome).toBe('go');
    const rls = report.measurements.find(({ id }) => id === 'check/rls')!;
    expect(rls.examined).toBeGreaterThanOrEqual(tables * 4);
  });
});
