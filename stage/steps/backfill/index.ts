import { counted } from '../../../ops/counted.ts';
import { DrydockError } from '../../../ops/errors.ts';
import { endConfinement } from '../../confined/index.ts';
import { measured } from '../../measurement.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import type { Holder, Step, StepContext } from '../../step.ts';
import { loadBackfills, type Backfill } from './file.ts';
import { mayChange } from './rights.ts';
import { runBackfill, type BackfillResult } from './run.ts';

/** Runs every backfill once, as the service role it names; a second time it finds nothing to do. */
export const backfill: Step = {
  name: 'backfill',
  title: 'Fill in data, in batches, as the service roles',
  changes: 'rows',

  async run(context) {
    const all = await loadBackfills(context.project);
    await using session = await context.connect();
    const backfills = context.holder ? await thoseOf(context, session, context.holder, all) : all;
    if (!context.holder) await noteExpected(session, all);
    const results: BackfillResult[] = [];
    for (const item of backfills) results.push(await runAndVerify(context, session, item));
    await endConfinement(session);
    context.record.attach({
      name: 'backfills.json',
      title: 'Backfills: expected, changed, batches, reports',
      content: JSON.stringify(results, null, 2),
    });
    const changed = results.reduce((sum, result) => sum + result.changed, 0);
    const left = all.length - backfills.length;
    const others = left > 0 ? `; ${left} are the operator’s` : '';
    const did = `${counted(backfills.length, 'backfill')}, ${counted(changed, 'row')} changed`;
    return { summary: did + others, rows: changed, changed };
  },
};

/** The files that the profile of a lease has the rights for, to be run as the lease; the others are named. */
async function thoseOf(
  context: StepContext,
  session: Session,
  holder: Holder,
  all: readonly Backfill[],
): Promise<Backfill[]> {
  const own: Backfill[] = [];
  for (const item of all) {
    if (await mayChange(session, item)) own.push({ ...item, as: { role: holder.role, how: 'itself' } });
    else context.record.note(`${item.file.path} is the operator’s: ${holder.profile} has not the rights that it needs`);
  }
  return own;
}

/** Notes, before anything runs, which files a complete staging has run. */
async function noteExpected(session: Session, backfills: readonly Backfill[]): Promise<void> {
  await session.query("delete from drydock.expected_file where kind = 'backfill'");
  await session.query(
    'insert into drydock.expected_file select * from jsonb_populate_recordset(null::drydock.expected_file, $1)',
    [JSON.stringify(backfills.map(({ file }) => ({ path: file.path, sha256: file.sha256, kind: 'backfill' })))],
  );
}

async function runAndVerify(context: StepContext, session: Session, item: Backfill): Promise<BackfillResult> {
  const result = await runBackfill(session, item, (done, expected) =>
    context.progress(`${item.file.path}: ${done} of ${expected} rows`, { done, total: expected }),
  );
  context.record.measure(
    measured({
      id: `backfill/${item.file.name}`,
      title: `${item.title}: changed what it counted before, and left nothing to do`,
      examined: 1,
      violations: Number(result.changed !== result.expected || result.remaining !== 0),
      findings: [],
    }),
  );
  if (result.changed === result.expected && result.remaining === 0) return result;
  throw new DrydockError(
    'BACKFILL_INCOMPLETE',
    `${item.file.path} changed ${result.changed} of ${result.expected} rows; ${result.remaining} are still to do.`,
    {
      hint: `Look for a policy that hides rows from ${item.as.role}: under forced row-level security they are not touched. Rows that were added meanwhile are changed by another run.`,
    },
  );
}
