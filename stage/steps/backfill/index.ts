import { DrydockError } from '../../../ops/errors.ts';
import { measured } from '../../measurement.ts';
import type { Step, StepContext } from '../../step.ts';
import { loadBackfills, type Backfill } from './file.ts';
import { runBackfill, type BackfillResult } from './run.ts';

/** Runs every backfill once, as the service role it names; a second time it finds nothing to do. */
export const backfill: Step = {
  name: 'backfill',
  title: 'Fill in data, in batches, as the service roles',
  changes: true,

  async run(context) {
    const backfills = await loadBackfills(context.project);
    await using session = await context.connect();
    await session.query("delete from drydock.expected_file where kind = 'backfill'");
    await session.query(
      'insert into drydock.expected_file select * from jsonb_populate_recordset(null::drydock.expected_file, $1)',
      [JSON.stringify(backfills.map(({ file }) => ({ path: file.path, sha256: file.sha256, kind: 'backfill' })))],
    );
    const results: BackfillResult[] = [];
    for (const item of backfills) results.push(await runAndVerify(context, session, item));
    context.record.attach({
      name: 'backfills.json',
      title: 'Backfills: expected, changed, batches, reports',
      content: JSON.stringify(results, null, 2),
    });
    const changed = results.reduce((sum, result) => sum + result.changed, 0);
    return { summary: `${backfills.length} backfills, ${changed} rows changed`, rows: changed };
  },
};

async function runAndVerify(
  context: StepContext,
  session: Awaited<ReturnType<StepContext['connect']>>,
  item: Backfill,
): Promise<BackfillResult> {
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
      hint: `Look for a policy that hides rows from ${item.as}: under forced row-level security they are not touched. Rows that were added meanwhile are changed by another run.`,
    },
  );
}
