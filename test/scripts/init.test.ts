import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../stage/plan.ts';
import type { Report } from '../../stage/report.ts';
import { temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

const folder = await temporaryFolder();
const home = folder.path;
afterAll(() => folder[Symbol.asyncDispose]());

describe('drydock init', () => {
  test('makes a project that plans, goes, and holds SQL and YAML only', async () => {
    await using project = await TestProject.copy(home);
    expect((await project.drydock('init', 'Web-Shop 2')).code).toBe(0);
    const at = (...args: string[]) => project.start(...args, '--config', 'Web-Shop 2/drydock.yaml', '--json');
    const plan = JSON.parse(String((await at('plan')).stdout)) as Plan;
    expect([plan.project, plan.database]).toEqual(['web_shop_2', 'web_shop_2_stage']);
    const report = JSON.parse(String((await at('run')).stdout)) as Report;
    expect(report.outcome).toBe('go');
    expect(report.measurements.filter(({ verdict }) => verdict !== 'go')).toEqual([]);
    const files = await readdir(join(project.folder, 'Web-Shop 2'), { recursive: true, withFileTypes: true });
    const kinds = files
      .filter((file) => file.isFile() && !file.parentPath.match(/trail|\.drydock/))
      .map(({ name }) => name);
    expect(kinds.filter((name) => !/\.(sql|yaml)$|^\.gitignore$/.test(name))).toEqual([]);
  });

  test('the project file of the folder is found without being named, and a folder without one says how to begin', async () => {
    await using project = await TestProject.copy(home);
    const { exitCode, stdout } = await project.start('plan', '--json');
    expect([exitCode, (JSON.parse(String(stdout)) as Plan).project]).toEqual([0, 'tiny']);
    await project.remove('drydock.yaml');
    const lost = await project.start('plan');
    expect(lost.exitCode).toBe(2);
    expect(lost.stderr).toMatch(
      /CONFIG_MISSING: There is no drydock.yaml and no ops\/drydock.yaml in .*drydock init FOLDER/s,
    );
  });

  test('leaves a folder alone that has something in it', async () => {
    await using project = await TestProject.copy(home);
    const { code, stderr } = await project.drydock('init', '.');
    expect([code, stderr]).toEqual([1, expect.stringContaining('INIT_NOT_EMPTY')]);
    expect(await project.read('drydock.yaml')).toContain('project: tiny');
  });

  test('never repeats the password of a database it cannot reach', async () => {
    await using project = await TestProject.copy(home);
    const url = 'postgresql://who:s3cret-and-long@127.0.0.1:9/there';
    const { code, stdout, stderr } = await project.with({ DATABASE_URL: url }).drydock('init', 'new', '--from-url');
    expect(code).toBe(1);
    expect(stderr).toContain('CONNECT_FAILED');
    expect(stdout + stderr).not.toContain('s3cret');
  });
});

describe('drydock plan', () => {
  test('names every file in the order of the run, as whom, and starts nothing', async () => {
    await using project = await TestProject.copy(home);
    const { code, stdout } = await project.drydock('plan', '--json');
    expect(code).toBe(0);
    const { steps } = JSON.parse(stdout) as Plan;
    expect(steps.map(({ name }) => name)).toEqual([
      ...['lint', 'bootstrap', 'lend', 'apply', 'backfill', 'hydrate', 'ingest', 'check', 'isolate', 'perf', 'reclaim'],
    ]);
    expect(steps.find(({ name }) => name === 'apply')!.items.map(({ what, as }) => `${what} ${as}`)).toEqual([
      'sql/shop/0010_orders.sql shop_owner',
      'sql/desk/0010_tickets.sql desk_owner',
      'sql/views/0010_orders_open.sql views_owner',
    ]);
    expect(await project.instances()).toEqual([]);
  });

  test('refuses what a run would refuse: a migration that changes its role, a backfill without a change', async () => {
    await using project = await TestProject.copy(home);
    await project.write('sql/shop/0020_role.sql', '-- title: Role\n\nset role desk_owner;\n');
    expect((await project.drydock('plan')).stderr).toContain('may not change its role');
    await project.remove('sql/shop/0020_role.sql');
    await project.write(
      'sql/backfills/0040_half.sql',
      '-- title: Half\n-- as: shop_service\n-- drydock: todo\nselect 0;\n',
    );
    expect((await project.drydock('plan')).stderr).toContain('BACKFILL_SECTIONS');
  });
});

describe('drydock doctor', () => {
  test('looks at each thing once, and says what to do where something is missing', async () => {
    await using project = await TestProject.copy(home);
    const { code, stdout } = await project.with({ PATH: '/nowhere' }).drydock('doctor', '--json');
    const { looks } = JSON.parse(stdout) as {
      looks: { what: string; state: string; seen: string; remedy: string | null }[];
    };
    const byName = new Map(looks.map((look) => [look.what, look]));
    expect(byName.get('Postgres binaries')).toMatchObject({ state: 'good', seen: expect.stringMatching(/16\.\d+/) });
    expect(byName.get('git')).toMatchObject({ state: 'absent', remedy: expect.stringContaining('Install git') });
    expect(looks.filter(({ state, remedy }) => (state === 'good') !== (remedy === null))).toEqual([]);
    expect(code).toBe(0);
  });

  test('fails, and says what a run may have left on a server elsewhere', async () => {
    await using away = await temporaryFolder();
    await using project = await TestProject.copy(away.path);
    await mkdir(join(away.path, 'remote'));
    await writeFile(join(away.path, 'remote/killed-run.json'), JSON.stringify({ at: '192.0.2.1:5432' }));
    const { code, stdout } = await project.drydock('doctor');
    expect(stdout).toMatch(
      /leftovers +killed-run: Its database and roles may still be on the server at 192.0.2.1:5432/,
    );
    expect(code).toBe(1);
  });
});
