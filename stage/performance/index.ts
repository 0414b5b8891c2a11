import { parseDuration, type Project } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import type { StepContext, StepOutcome } from '../step.ts';
import { openBaseline } from './baseline.ts';
import { compare, type Comparison } from './compare.ts';
import { openDatabases } from './databases.ts';
import { fillTables, type FilledTable } from './fill.ts';
import { inWords, judgementOf, notCompared } from './judgement.ts';
import { scaleTables } from './scale.ts';
import { loadWorkload, tablesNamed, type WorkloadQuery } from './workload.ts';

/**
 * Measures what the migrations beyond a baseline cost the project's workload: two databases on the instance, the same
 * generated rows in both, the same queries turn by turn. What it finds goes to `context.record`.
 * @throws BASELINE_UNKNOWN, WORKLOAD_ROLE, or the SqlError of a query that runs on neither side
 */
export async function measurePerformance(context: StepContext): Promise<StepOutcome> {
  const ref = context.settings.baseline ?? context.project.config.performance.baseline;
  const { noBaseline } = context.settings;
  if (ref === undefined && noBaseline !== undefined) return unproven(context, noBaseline);
  // most runs compare nothing: the gate says by itself that it was not measured
  if (ref === undefined) return { summary: 'not measured: there is no baseline; --baseline GITREF names one' };
  const queries = await loadWorkload(context.project);
  if (queries.length === 0) return unproven(context, 'there is no query in performance.workload of drydock.yaml');
  await using baseline = await openBaseline(context.project, ref);
  if (!baseline) return unproven(context, `${ref} has no such project yet: nothing to compare with`);
  return await compareWith(context, baseline.project, queries);
}

function unproven(context: StepContext, reason: string): StepOutcome {
  context.record.measure(notCompared(reason));
  return { summary: `not measured: ${reason}` };
}

async function compareWith(
  context: StepContext,
  before: Project,
  queries: readonly WorkloadQuery[],
): Promise<StepOutcome> {
  const { project, signal, progress } = context;
  await using databases = await openDatabases(context);
  await databases.makeBaseline(before);
  const filled = await fill(context, databases.baseline.connect, queries);
  const added = await databases.makeCandidate(project).catch(refusedByBaseline);
  if (typeof added === 'string') return unproven(context, added);
  const comparisons = await compare(databases.baseline, databases.candidate, queries, {
    budgetMs: parseDuration(project.config.performance.budget),
    signal,
    progress,
  });
  return record(context, comparisons, filled, added);
}

async function fill(
  context: StepContext,
  connect: () => ReturnType<StepContext['connect']>,
  queries: readonly WorkloadQuery[],
): Promise<FilledTable[]> {
  await using session = await connect();
  const tables = await scaleTables(session, await tablesNamed(queries), context.project.config.performance.rows);
  return await fillTables(session, tables, context.progress);
}

/** What keeps the new migrations from being applied after those of the baseline, or on generated rows. */
const refusals = new Set(['MIGRATION_EDITED', 'MIGRATION_ROWS_WRONG', 'SQL_FAILED']);

function refusedByBaseline(error: unknown): string {
  if (error instanceof DrydockError && refusals.has(error.code)) {
    return `the new migrations cannot be applied to the baseline: ${error.message.split('\n')[0]}`;
  }
  throw error;
}

function record(
  { record: results }: StepContext,
  comparisons: readonly Comparison[],
  filled: readonly FilledTable[],
  added: number,
): StepOutcome {
  results.measure(judgementOf(comparisons, filled));
  results.attach({
    name: 'performance.json',
    title: 'Workload queries before and after: p95, interval, plans; generated rows',
    content: JSON.stringify({ tables: filled, queries: comparisons.map(shown) }, null, 1),
  });
  const rows = filled.reduce((sum, table) => sum + table.rows, 0);
  const pairs = comparisons.reduce((sum, found) => sum + ('pairs' in found ? found.pairs : 0), 0);
  const slower = comparisons.filter(({ outcome }) => outcome === 'slower' || outcome === 'broken').length;
  return {
    summary: `${comparisons.length} queries, ${pairs} pairs, ${added} new migrations: ${slower} slower, on ${rows} generated rows`,
    rows,
  };
}

function shown({ query, ...rest }: Comparison): object {
  return {
    file: query.file.path,
    title: query.title,
    as: query.as,
    summary: inWords({ query, ...rest } as Comparison),
    ...rest,
  };
}
