import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pipeline, workingAhead } from '../../../stage/pipeline.ts';
import { lint } from '../../../stage/steps/lint.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;

beforeAll(async () => {
  staging = await Staging.start({ file: tinyFile });
});
afterAll(() => staging[Symbol.asyncDispose]());

function measurements() {
  return staging.context.record.measurements.splice(0);
}

test('what is read ahead is reported as what is read in its turn', async () => {
  const inTurn = { ...(await lint.run(staging.context)), measurements: measurements() };
  const goOn = lint.ahead!(staging.project);
  expect(measurements()).toEqual([]);
  expect({ ...(await goOn(staging.context)), measurements: measurements() }).toEqual(inTurn);
  expect(inTurn.rows).toBeGreaterThan(0);
});

test('what cannot be read ahead fails the step, and nothing before it', async () => {
  const goOn = lint.ahead!({ ...staging.project, root: '/nowhere' });
  await nextTurn();
  await expect(goOn(staging.context)).rejects.toThrow('There is no folder');
});

test('only what was asked for is begun ahead', () => {
  const { project } = staging;
  const begun = (chosen?: ReadonlySet<string>) =>
    workingAhead(chosen ? { project, chosen } : { project })
      .filter((step, place) => step !== pipeline[place])
      .map(({ name }) => name);
  expect(begun()).toEqual(['lint']);
  expect(begun(new Set(['check']))).toEqual([]);
});
