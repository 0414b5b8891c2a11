import { codeOf, messageOf } from '../../ops/errors.ts';
import { sqlErrorOf, unchanged, type Session } from '../../ops/postgres/index.ts';
import type { Share } from '../step.ts';
import { answerOf } from './answer.ts';
import { actingAs, parametersOf, planOf, timeOf, type Contender } from './contender.ts';
import { p95, ratioOfP95, type Interval, type Pair } from './statistics.ts';
import type { WorkloadQuery } from './workload.ts';

/** What became of a query: how it compares, or why it could not be compared. */
export type Comparison = {
  readonly query: WorkloadQuery;
} & (
  | { readonly outcome: 'new' }
  | { readonly outcome: 'broken'; readonly message: string }
  | { readonly outcome: 'no parameters' }
  | ({ readonly outcome: 'holds' | 'slower' | 'open' } & Compared)
);

export interface Compared {
  readonly pairs: number;
  /** p95 in milliseconds; null, like the ratio, where there were too few pairs to say. */
  readonly baseline: number | null;
  readonly candidate: number | null;
  readonly ratio: Interval | null;
  readonly plans: { readonly baseline: readonly string[]; readonly candidate: readonly string[] };
}

/** A query is slower when its p95 is by more than this factor the baseline's, and holds when it is by less. */
export const limit = 1.1;

/** Pairs between two looks; how many a verdict needs; after how many a query is given up. */
const perRound = 20;
const enough = 80;
const mostPairs = 1200;
/** Fewer pairs suffice to blame what became so much slower. */
const gross = 1.5;
const warmUps = 3;
/** So many pairs without a verdict are given up for new ones of twice as many executions, which less disturbs; this often. */
const patience = 200;
const mostEffort = 4;
/**
 * Of several executions in a row the fastest counts: what disturbs a machine never makes a query faster. A short query
 * is disturbed by little, and so is executed more often, for about so many milliseconds.
 */
const executions = { least: 3, most: 12, forMs: 12 };

/** A query that is being compared. */
interface Trial {
  readonly query: WorkloadQuery;
  readonly parameters: readonly unknown[][];
  readonly pairs: Pair[];
  /** Whether it seemed slower once before: it is blamed when it seems so twice, on pairs and sessions of its own. */
  suspected: boolean;
  /** How many times as many executions make a pair as on a machine that is left alone. */
  effort: number;
  verdict: 'holds' | 'slower' | undefined;
  ratio: Interval | undefined;
}

/**
 * Runs every query on both databases, turn by turn, until the interval of the ratio of their p95s lies on one side of
 * the limit or the budget is spent.
 */
export async function compare(
  baseline: Contender,
  candidate: Contender,
  queries: readonly WorkloadQuery[],
  order: { budgetMs: number; signal: AbortSignal; progress(line: string, share?: Share): void },
): Promise<Comparison[]> {
  const endsAt = performance.now() + order.budgetMs;
  const comparisons: Comparison[] = [];
  const trials: Trial[] = [];
  for (const query of queries) {
    const opened = await openTrial(baseline, candidate, query, order.budgetMs);
    if ('outcome' in opened) comparisons.push(opened);
    else trials.push(opened);
  }
  const isOpen = ({ verdict, pairs }: Trial) => verdict === undefined && pairs.length < mostPairs;
  while (trials.some(isOpen) && performance.now() < endsAt) {
    for (const trial of trials.filter(isOpen)) {
      order.signal.throwIfAborted();
      if (performance.now() >= endsAt) break;
      await measureRound(baseline, candidate, trial, endsAt);
      judge(trial);
    }
    const decided = trials.filter(({ verdict }) => verdict !== undefined).length;
    order.progress(`${decided} of ${trials.length} queries compared`, { done: decided, total: trials.length });
  }
  for (const trial of trials) comparisons.push(await resultOf(baseline, candidate, trial, order.budgetMs));
  return comparisons.sort((a, b) => queries.indexOf(a.query) - queries.indexOf(b.query));
}

/** Tries a query on both sides: one that the baseline does not know is new, one that only the baseline knows is broken. */
async function openTrial(
  baseline: Contender,
  candidate: Contender,
  query: WorkloadQuery,
  timeoutMs: number,
): Promise<Trial | Comparison> {
  await using reader = await candidate.connect();
  const found = await answerOf(() => parametersOf(reader, query.parameters));
  if ('error' in found) throw await sqlErrorOf(found.error, query.file, unchanged(query.parameters!));
  const [first] = found.value;
  if (!first) return { query, outcome: 'no parameters' };
  const before = await answerOf(() => once(baseline, query, first, timeoutMs));
  const after = await answerOf(() => once(candidate, query, first, timeoutMs));
  if ('error' in after && 'error' in before)
    throw await sqlErrorOf(after.error, query.file, unchanged(query.statement));
  if ('error' in after) return { query, outcome: 'broken', message: messageOf(after.error) };
  if ('error' in before) return { query, outcome: 'new' };
  return {
    query,
    parameters: found.value,
    pairs: [],
    suspected: false,
    effort: 1,
    verdict: undefined,
    ratio: undefined,
  };
}

async function once(
  contender: Contender,
  query: WorkloadQuery,
  parameters: unknown[],
  timeoutMs: number,
): Promise<number> {
  await using session = await actingAs(contender, query.as, timeoutMs);
  return await timeOf(session, query, parameters);
}

const outOfTime = '57014';

/** Sessions of its own for every round: where one landed by chance then disturbs a round, and not the verdict. */
async function measureRound(
  baseline: Contender,
  candidate: Contender,
  { query, parameters, pairs, effort }: Trial,
  endsAt: number,
): Promise<void> {
  const timeoutMs = Math.max(1000, endsAt - performance.now());
  await using left = await actingAs(baseline, query.as, timeoutMs);
  await using right = await actingAs(candidate, query.as, timeoutMs);
  let fastest = Infinity;
  for (let turn = -warmUps; turn < perRound && performance.now() < endsAt; turn += 1) {
    const measured = await answerOf(() =>
      measurePair(left, right, query, parameters[pairs.length % parameters.length]!, effort * repeats(fastest)),
    );
    if ('error' in measured) {
      if (codeOf(measured.error) === outOfTime) return;
      throw await sqlErrorOf(measured.error, query.file, unchanged(query.statement));
    }
    if (turn >= 0) pairs.push(measured.value);
    fastest = Math.min(fastest, measured.value.baseline);
  }
}

async function measurePair(
  left: Session,
  right: Session,
  query: WorkloadQuery,
  parameters: unknown[],
  times: number,
): Promise<Pair> {
  const best = { baseline: Infinity, candidate: Infinity };
  const sides = [
    ['baseline', left],
    ['candidate', right],
  ] as const;
  for (let turn = 0; turn < times; turn += 1) {
    // who begins changes, so that what the first one warms up helps both
    for (const [side, session] of turn % 2 === 0 ? sides : sides.toReversed()) {
      best[side] = Math.min(best[side], await timeOf(session, query, parameters));
    }
  }
  return best;
}

function repeats(ms: number): number {
  const { least, most, forMs } = executions;
  return Math.min(most, Math.max(least, Math.ceil(forMs / ms)));
}

function judge(trial: Trial): void {
  if (trial.pairs.length === 0) return;
  trial.ratio = ratioOfP95(trial.pairs);
  const isEnough = trial.pairs.length >= enough;
  if (isEnough && trial.ratio.high < limit) trial.verdict = 'holds';
  if (trial.ratio.low > (isEnough ? limit : gross)) {
    if (trial.suspected) trial.verdict = 'slower';
    else forget(trial);
    trial.suspected = true;
  } else if (trial.pairs.length >= patience && trial.effort < mostEffort && !trial.verdict) {
    forget(trial);
    trial.effort *= 2;
  }
}

function forget(trial: Trial): void {
  trial.pairs.length = 0;
  trial.ratio = undefined;
}

async function resultOf(
  baseline: Contender,
  candidate: Contender,
  { query, pairs, parameters, verdict, ratio }: Trial,
  timeoutMs: number,
): Promise<Comparison> {
  await using left = await actingAs(baseline, query.as, timeoutMs);
  await using right = await actingAs(candidate, query.as, timeoutMs);
  return {
    query,
    outcome: verdict ?? 'open',
    pairs: pairs.length,
    baseline: ratio ? p95(pairs.map((pair) => pair.baseline)) : null,
    candidate: ratio ? p95(pairs.map((pair) => pair.candidate)) : null,
    ratio: ratio ?? null,
    plans: {
      baseline: await planOf(left, query, parameters[0]!),
      candidate: await planOf(right, query, parameters[0]!),
    },
  };
}
