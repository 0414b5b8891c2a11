import type { Project } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import { filledIn, isSuperuser, literal, type Session, type SqlSection, unchanged } from '../../ops/postgres/index.ts';
import { pendingOf } from '../applying.ts';
import { loadChecks, runCheck, type Check } from '../checks.ts';
import { endConfinement, runAs } from '../confined/index.ts';
import type { Measurement } from '../measurement.ts';
import { loadMigrations } from '../migrations.ts';
import { choicesFor } from './choices.ts';
import type { Fix } from './file.ts';

/** How many violations a check found before and after. */
export interface Delta {
  readonly check: string;
  readonly before: number;
  readonly after: number;
}

/** What a fix did, or would do. The screen and `--json` are renderings of this. */
export interface Fixed {
  readonly fix: string;
  readonly title: string;
  /** False after a dry run: all of it was done, and taken back. */
  readonly applied: boolean;
  readonly changed: number;
  /** The fix's own check first, then every other whose violations changed. */
  readonly deltas: readonly Delta[];
  /** Row by row what was done, and why where nothing was. */
  readonly review: readonly Record<string, unknown>[];
}

/**
 * Does a fix in one transaction, checks before and after, and takes it back unless it is to be applied.
 * @param csv what people chose, where the fix needs that
 * @throws FIX_CSV, FIX_NOT_APPLIED, FIX_CHECK, FIX_WORSE when a check finds more than before: nothing is changed then
 */
export async function runFix(
  session: Session,
  project: Project,
  fix: Fix,
  { apply, csv }: { apply: boolean; csv?: string | undefined },
): Promise<Fixed> {
  const choices = choicesFor(fix, csv);
  await requireApplied(session, project);
  const checks = await loadChecks(project);
  requireCheck(fix, checks);
  const work = async (): Promise<Fixed> => {
    const before = await violationsOf(session, checks);
    const { rows: review } = await asService(session, fix, fix.review, choices);
    const { rowCount: changed } = await asService(session, fix, fix.change, choices);
    await endConfinement(session); // or the checks would find what confined it
    const deltas = deltasOf(fix, before, await violationsOf(session, checks));
    refuseWorse(fix, deltas);
    return { fix: fix.name, title: fix.title, applied: apply, changed, deltas, review };
  };
  return apply ? session.transaction(work) : session.rolledBack(work);
}

/** The fix and every check of the project are about what its migrations make. */
async function requireApplied(session: Session, project: Project): Promise<void> {
  const migrations = await loadMigrations(project);
  const [first, ...others] = await pendingOf(session, migrations);
  if (!first) return;
  const { database } = session.target;
  throw new DrydockError(
    'FIX_NOT_APPLIED',
    `${database} lacks ${others.length + 1} of ${migrations.length} migrations, beginning with ${first.file.path}.`,
    { hint: 'Run "drydock apply" and "drydock backfill" first: a fix mends what they make.' },
  );
}

function requireCheck({ file, check }: Fix, checks: readonly Check[]): void {
  if (checks.some(({ id }) => id === `check/${check}`)) return;
  throw new DrydockError('FIX_CHECK', `${file.path} is for the check "${check}", which is not there.`, {
    hint: 'Name in "-- check:" the check whose findings it mends.',
  });
}

async function violationsOf(session: Session, checks: readonly Check[]): Promise<Measurement[]> {
  const asLogin = await isSuperuser(session);
  const made: Measurement[] = [];
  for (const check of checks) made.push(await runCheck(session, check, asLogin));
  return made;
}

/** One statement as the fix's service role, with the choices in their place. */
async function asService(session: Session, { as, file }: Fix, section: SqlSection, choices: string | undefined) {
  const sent = choices === undefined ? unchanged(section) : filledIn(section, `:'csv'`, literal(choices));
  const result = await runAs(session, { role: as, how: 'role' }, file, { sent });
  await session.query('reset role');
  return result;
}

function deltasOf({ check }: Fix, before: readonly Measurement[], after: readonly Measurement[]): Delta[] {
  const all = before.map(({ id, violations }, index) => ({
    check: id,
    before: violations,
    after: after[index]!.violations,
  }));
  const isOwn = (delta: Delta) => delta.check === `check/${check}`;
  return [...all.filter(isOwn), ...all.filter((delta) => !isOwn(delta) && delta.before !== delta.after)];
}

function refuseWorse({ name }: Fix, deltas: readonly Delta[]): void {
  const worse = deltas.filter(({ before, after }) => after > before);
  if (worse.length === 0) return;
  const said = worse.map(({ check, before, after }) => `${check} finds ${after}, and found ${before}`).join('; ');
  throw new DrydockError('FIX_WORSE', `${name} mends less than it breaks: ${said}.`, {
    hint: 'Nothing was changed. Correct the statement of the fix.',
  });
}
