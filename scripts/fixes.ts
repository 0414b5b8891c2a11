import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { codeOf, DrydockError, exitCodes } from '../ops/errors.ts';
import { loadFixes, runFix, type Fix } from '../stage/fixes/index.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { openLeaseDesk } from './lease-desk.ts';
import { fixedText, fixesText } from './render/fixes.ts';
import { jsonOf } from './render/json.ts';
import { openProject } from './workplace.ts';
import { oneLined } from '../ops/visible.ts';

/** Lists the fixes of the project. */
export async function listFixes(io: Io, options: Options): Promise<number> {
  const fixes = await loadFixes(await openProject(io, options));
  const listed = fixes.map(({ name, title, check, choices }) => ({
    name,
    title,
    check,
    csv: choices?.columns ?? null,
  }));
  io.out(options.json ? jsonOf(listed) : fixesText(oneLined(listed)));
  return exitCodes.go;
}

/** Does a fix on the staging that is up, and takes it back unless both switches are set. */
export async function fixStaging(io: Io, options: Options, name: string): Promise<number> {
  const apply = bothSwitches(io, options);
  const csv = await csvOf(io, options['csv']);
  const fix = fixNamed(name, await loadFixes(await openProject(io, options)));
  await using desk = await openLeaseDesk(io, options, io.signal);
  const fixed = await runFix(desk.session, desk.project, fix, { apply, csv });
  io.out(options.json ? jsonOf(fixed) : fixedText(oneLined(fixed)));
  return exitCodes.go;
}

/** @throws USAGE_SWITCHES when one is set and the other is not: half a yes is none */
function bothSwitches({ env }: Io, options: Options): boolean {
  const apply = options['apply'] === true;
  const written = options['stagingWriteOk'] === true || ['1', 'true'].includes(env['STAGING_WRITE_OK'] ?? '');
  if (!apply || written) return apply;
  throw new DrydockError('USAGE_SWITCHES', 'A fix is applied where both switches say so, and one of them does not.', {
    hint: 'Add --staging-write-ok, or leave out --apply to see what would be done.',
  });
}

function fixNamed(name: string, fixes: readonly Fix[]): Fix {
  const found = fixes.find((fix) => fix.name === name);
  if (found) return found;
  const known =
    fixes.map((fix) => fix.name).join(', ') || 'there is none: checks.fixes of drydock.yaml names their folder';
  throw new DrydockError('USAGE_FIX', `There is no fix "${name}".`, { hint: `Choose one of: ${known}.` });
}

async function csvOf({ cwd }: Io, path: unknown): Promise<string | undefined> {
  if (typeof path !== 'string') return undefined;
  return readFile(resolve(cwd, path), 'utf8').catch((cause: unknown) => {
    throw new DrydockError('USAGE_CSV', `Cannot read ${path}: ${codeOf(cause)}.`, {
      hint: 'Name a file of choices; orphans_to_link.csv in the evidence of a run is a form for one.',
      cause,
    });
  });
}
