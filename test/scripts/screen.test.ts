import { afterAll, expect, test } from 'vitest';
import { matrixGrid } from '../../stage/matrix-grid.ts';
import { temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());

test('errors stand before warnings, however many of these there are', async () => {
  await using project = await TestProject.copy(folder.path);
  const check = (name: string, severity: string, rows: number) =>
    project.write(
      `sql/checks/${name}.sql`,
      `-- title: ${name}\n-- why: a test\n-- remedy: Mend it.\n-- as: shop_service\n-- severity: ${severity}\n
select '${name}_' || n as object, 1::bigint as examined, 1::bigint as violations, 'bad' as detail
from generate_series(1, ${rows}) as n;\n`,
    );
  await check('a_warns', 'warning', 20);
  await check('b_errs', 'error', 1);
  const { stdout } = await project.drydock('run', '--dry-run');
  const shown = stdout.split('\n').filter((line) => /^(error|warning) [ab]_/.test(line));
  expect(shown).toHaveLength(12);
  expect(shown[0]).toContain('error b_errs_1: bad');
  expect(stdout).toContain('… and 9 more in');
});

test('the boundary has the database first and then the schemas by name, whatever was probed first', () => {
  const cell = { role: 'reader', probes: 1, allowed: [], mismatches: 0 };
  const { headers } = matrixGrid(['stock', 'database', 'Sales'].map((schema) => ({ ...cell, schema })));
  expect(headers).toEqual(['role', 'database', 'Sales', 'stock']);
});
