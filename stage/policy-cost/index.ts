import { counted } from '../../ops/counted.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { measured, type Finding } from '../measurement.ts';
import { answerOf } from '../performance/answer.ts';
import { limit } from '../performance/compare.ts';
import { openDatabases } from '../performance/databases.ts';
import { fillTables, type FilledTable } from '../performance/fill.ts';
import { scaleTables } from '../performance/scale.ts';
import type { StepContext } from '../step.ts';
import { costOf, type Cost } from './measure.ts';
import { readPolicies, suspectsAmong, type Policy, type Suspect } from './suspects.ts';

const policyCostId = 'performance/policies';
const title = 'No policy makes every row pay for what is the same for all, or for a missing index';

/** Enough that a difference per row shows, and few enough that a run does not notice. */
const rows = 20_000;

/** A suspect after it was timed, or why it was not. */
type Tried = { readonly suspect: Suspect; readonly rows: number } & (
  { readonly cost: Cost } | { readonly problem: string }
);

/**
 * Looks through every policy of the domains for a function that is called per row and a column without an index, and
 * times each suspect on generated rows against the policy as it would be cheap. What proves dear is a warning.
 * @returns one clause for the step
 */
export async function measurePolicies(context: StepContext): Promise<string> {
  const policies = await policiesOfStaging(context);
  if (policies?.suspects === 0) return recorded(context, policies.policies, []);
  await using databases = await openDatabases(context);
  await databases.makeBaseline(context.project);
  await using session = await databases.baseline.connect();
  const all = await session.rolledBack(() => readPolicies(session));
  const suspects = await suspectsAmong(session, all);
  return recorded(context, all.length, await tryAll(context, session, suspects, all));
}

/** How many there are on the staging itself; undefined where the step is done alone, and nothing is there yet. */
async function policiesOfStaging(context: StepContext): Promise<{ policies: number; suspects: number } | undefined> {
  await using server = await context.connect({ database: 'postgres' });
  const { there } = await server.row<{ there: boolean }>(
    'select exists (select from pg_catalog.pg_database where datname = $1) as there',
    [context.project.config.database],
  );
  if (!there) return undefined;
  await using session = await context.connect();
  return await session.rolledBack(async () => {
    const policies = await readPolicies(session);
    return { policies: policies.length, suspects: (await suspectsAmong(session, policies)).length };
  });
}

async function tryAll(
  context: StepContext,
  session: Session,
  suspects: readonly Suspect[],
  all: readonly Policy[],
): Promise<Tried[]> {
  const most = Math.min(rows, context.project.config.performance.rows);
  const named = suspects.map(({ policy: { schema, table: name } }) => ({ schema, name }));
  const filled = await fillTables(session, await scaleTables(session, named, most), context.progress);
  const tried: Tried[] = [];
  for (const [done, suspect] of suspects.entries()) {
    context.progress(`${suspect.policy.name} ${suspect.what}`, { done, total: suspects.length });
    tried.push(await tryOne(session, suspect, all, filled));
  }
  return tried;
}

async function tryOne(
  session: Session,
  suspect: Suspect,
  all: readonly Policy[],
  filled: readonly FilledTable[],
): Promise<Tried> {
  const { schema, table } = suspect.policy;
  const there = filled.find((one) => one.table === `${schema}.${table}`);
  if (!there || there.problem !== null) {
    return { suspect, rows: 0, problem: there?.problem ?? 'no rows can be made for it' };
  }
  const answer = await answerOf(() => costOf(session, suspect, all));
  if ('error' in answer) return { suspect, rows: there.rows, problem: messageOf(answer.error) };
  return { suspect, rows: there.rows, cost: answer.value };
}

function recorded(context: StepContext, policies: number, tried: readonly Tried[]): string {
  if (policies === 0) return 'no policies';
  const findings = tried.flatMap(findingOf);
  context.record.measure(
    measured({
      id: policyCostId,
      title,
      severity: 'warning',
      examined: policies,
      violations: findings.length,
      findings,
    }),
  );
  if (tried.length > 0) {
    context.record.attach({
      name: 'policies.json',
      title: 'Policies that may be dear, as they are and as they would be cheap',
      content: JSON.stringify(tried, null, 1),
    });
  }
  return `${counted(policies, 'policy', 'policies')}, ${findings.length} dearer than need be`;
}

/** What was suspected and did not prove dear is no finding; what could not be timed stays one, and says so. */
function findingOf(one: Tried): Finding[] {
  const { policy, what, remedy } = one.suspect;
  const finding = { level: 'warning', object: `${policy.schema}.${policy.table}: ${policy.name}`, remedy } as const;
  if ('problem' in one) return [{ ...finding, detail: `${what}; not timed: ${one.problem}` }];
  const { asIs, mended, ratio, atLeast } = one.cost;
  if (atLeast <= limit) return [];
  const times = `${asIs.toFixed(1)} ms as it is, ${mended.toFixed(1)} ms mended`;
  return [
    { ...finding, detail: `${what}: ${times}, ${ratio.toFixed(1)} times, over ${one.rows} rows as ${policy.role}` },
  ];
}
