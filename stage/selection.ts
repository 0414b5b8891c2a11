import { nearest } from '../ops/config/index.ts';
import { DrydockError } from '../ops/errors.ts';
import { pipeline } from './pipeline.ts';

/** What somebody asked to be done of the pipeline. */
export interface Selection {
  /** The names of the steps to do. */
  readonly steps: ReadonlySet<string>;
  /** Whether it needs a staging that is there already: whatever comes after bootstrap does, without it. */
  readonly continues: boolean;
}

/**
 * Chooses steps of the pipeline: all; those from one on; or those named. Who lends also reclaims.
 * @throws USAGE_STEP with the nearest name
 */
export function selectSteps({ only, from }: { only?: readonly string[]; from?: string }): Selection {
  const names = pipeline.map(({ name }) => name);
  for (const given of [...(only ?? []), ...(from === undefined ? [] : [from])]) requireStep(given, names);
  const wanted = names
    .slice(from === undefined ? 0 : names.indexOf(from))
    .filter((name) => !only || only.includes(name) || (name === 'reclaim' && only.includes('lend')));
  if (wanted.length === 0) {
    throw new DrydockError('USAGE_STEP', `No step named by --only comes after ${from}.`, {
      hint: `The order is ${names.join(', ')}.`,
    });
  }
  const comesAfter = (name: string) => names.indexOf(name) > names.indexOf('bootstrap');
  return { steps: new Set(wanted), continues: !wanted.includes('bootstrap') && wanted.some(comesAfter) };
}

function requireStep(given: string, names: readonly string[]): void {
  if (names.includes(given)) return;
  const like = nearest(given, names);
  throw new DrydockError('USAGE_STEP', `There is no step "${given}".${like ? ` Did you mean ${like}?` : ''}`, {
    hint: `The steps are ${names.join(', ')}.`,
  });
}
