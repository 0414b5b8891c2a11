import { afterAll, expect, test } from 'vitest';
import { matrixGrid } from '../../stage/matrix-grid.ts';
import { jsonOf } from '../../scripts/render/json.ts';
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

/** Ends the line and the screen, gives commands to a runner, and turns the reading direction. */
const evil = 'x\nGO  in 1 ms\n::error::forged ##[error]forged\u001b[2J\u009b31m\u202e\u{e0041}';

test.each([
  ['a person', {}, ['GO  in 1 ms␊::error::forged ##[error]forged']],
  ['the runner of GitHub Actions', { GITHUB_ACTIONS: 'true' }, ['GO  in 1 ms␊::error::forged #\\#[error]forged']],
])('what a check says is shown to %s, begins no line and gives no command', async (_whom, env, expected) => {
  await using project = await TestProject.copy(folder.path);
  await project.write(
    'sql/checks/evil.sql',
    `-- title: evil\n-- why: a test\n-- remedy: Mend it.\n-- as: shop_service\n\nselect '${evil}' as object, 1::bigint as examined, 1::bigint as violations, '${evil}' as detail;\n`,
  );
  const { stdout, stderr } = await project.with(env).drydock('run', '--dry-run');
  for (const text of expected) expect(stdout).toContain(text);
  for (const said of [stdout, stderr]) {
    expect(said).not.toMatch(/[\p{Cf}\u001b\u0080-\u009f]/u);
    expect(said).not.toMatch(/^(GO|\s*::)/m);
  }
});

test('the same as JSON is the same text, and harmless as it stands there', async () => {
  const json = jsonOf({ evil });
  expect(JSON.parse(json)).toEqual({ evil });
  expect(json).not.toMatch(/[\p{Cf}\u001b\u0080-\u009f]|##\[/u);
});

test('an error that quotes a name of several lines begins none with it', async () => {
  await using project = await TestProject.copy(folder.path);
  const said = await project.with({ GITHUB_ACTIONS: 'true' }).start('plan', '--config', evil);
  const stderr = String(said.stderr);
  expect(stderr).toMatch(/^CONFIG_MISSING: .*x\n {2}GO/);
  expect(stderr).not.toMatch(/^(GO|\s*::)/m);
  expect(stderr).not.toMatch(/[\p{Cf}\u001b]/u);
});

test('the boundary has the database first and then the schemas by name, whatever was probed first', () => {
  const cell = { role: 'reader', probes: 1, allowed: [], mismatches: 0 };
  const { headers } = matrixGrid(['stock', 'database', 'Sales'].map((schema) => ({ ...cell, schema })));
  expect(headers).toEqual(['role', 'database', 'Sales', 'stock']);
});
