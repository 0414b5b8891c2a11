import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadProject } from '../../../ops/config/index.ts';
import { lint } from '../../../stage/lint/index.ts';
import { TestProject } from '../../support/project.ts';
import { exampleFile } from '../../support/staging.ts';
import { accepted } from './accepted.ts';
import { caught, shop } from './caught.ts';

/** What the lint says of the tiny project after one file was written into it. */
async function findingsWith(path: string, sql: string): Promise<string[]> {
  await using project = await TestProject.copy('unused');
  await project.write(path, sql);
  const measurements = await lint(await loadProject(join(project.folder, 'drydock.yaml')));
  return measurements.flatMap(({ findings }) =>
    findings.map(({ level, object, detail }) => `${level} ${object}: ${detail}`),
  );
}

describe('the lint', () => {
  test('has nothing against the example, and looked at all of it', async () => {
    const measurements = await lint(await loadProject(exampleFile));
    expect(measurements.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(['lint/boundary go', 'lint/scripts go']);
    expect(measurements.flatMap(({ findings }) => findings)).toEqual([]);
    expect(measurements[0]!.examined).toBeGreaterThan(300);
  });

  test.for(caught)('objects to %s', async ([, path, sql, says]) => {
    expect(await findingsWith(path, sql)).toEqual([says]);
  });

  test.for(accepted)('accepts %s', async ([, path, sql]) => {
    expect(await findingsWith(path, sql)).toEqual([]);
  });

  test('an error is no-go, a warning is not', async () => {
    await using project = await TestProject.copy('unused');
    const verdicts = async (sql: string) => {
      await project.write(shop, sql);
      return (await lint(await loadProject(join(project.folder, 'drydock.yaml')))).map(({ verdict }) => verdict);
    };
    expect(await verdicts('grant select on shop.orders to agent;')).toEqual(['no-go', 'go']);
    expect(await verdicts('commit;')).toEqual(['go', 'no-go']);
    expect(await verdicts('create index on shop.orders (state);')).toEqual(['go', 'go']);
  });
});
