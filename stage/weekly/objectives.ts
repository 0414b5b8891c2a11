import type { DriftDigest } from '../../audit-log/digests/index.ts';
import type { Window } from '../../audit-log/events/index.ts';
import { parseDuration, type Config } from '../../ops/config/index.ts';
import type { Promotion } from '../promotion/index.ts';
import type { Report } from '../report.ts';
import { spellsOf, workingMs } from './drift.ts';
import type { WeekEvidence } from './evidence.ts';

/** Green: kept. Yellow: kept over the long time, but not by the week itself. Red: not kept. */
export type Color = 'green' | 'yellow' | 'red' | 'no data';

/** A value and how many things it was measured on. */
export interface Value {
  readonly value: number;
  readonly of: number;
}

/** What was promised, and what was measured. */
export interface Objective {
  readonly id: string;
  readonly title: string;
  readonly unit: 'share' | 'ms';
  readonly bound: 'at least' | 'at most';
  readonly target: number;
  /** Null where there was nothing to measure. */
  readonly over: Value | null;
  readonly week: Value | null;
  readonly color: Color;
}

export interface Times {
  readonly week: Window;
  /** The longer time that promises are about; it ends with the week. */
  readonly over: Window;
  readonly now: Date;
}

/** Every promise, measured. */
export function measureObjectives(settings: Config['objectives'], evidence: WeekEvidence, times: Times): Objective[] {
  const ms = (duration: string) => parseDuration(duration);
  const measure = (
    facts: Pick<Objective, 'id' | 'title' | 'unit' | 'bound' | 'target'>,
    valueIn: (window: Window) => Value | null,
  ): Objective => {
    const measured = { ...facts, over: valueIn(times.over), week: valueIn(times.week) };
    return { ...measured, color: colorOf(measured) };
  };
  const atMost = { bound: 'at most', unit: 'ms' } as const;
  return [
    measure(
      { id: 'success', title: 'Runs that are go', unit: 'share', bound: 'at least', target: settings.success },
      (window) => success(runsIn(evidence.runs, window)),
    ),
    measure({ id: 'p50', title: 'Duration of a run, p50', ...atMost, target: ms(settings.p50) }, (window) =>
      duration(runsIn(evidence.runs, window), 0.5),
    ),
    measure({ id: 'p95', title: 'Duration of a run, p95', ...atMost, target: ms(settings.p95) }, (window) =>
      duration(runsIn(evidence.runs, window), 0.95),
    ),
    measure(
      { ...atMost, id: 'change_failure', title: 'Changes that failed', unit: 'share', target: settings.changeFailure },
      (window) => changeFailure(promotionsIn(evidence.promotions, window)),
    ),
    measure(
      { id: 'rollback', title: 'Longest until a change was taken back', ...atMost, target: ms(settings.rollback) },
      (window) => takenBack(promotionsIn(evidence.promotions, window)),
    ),
    drift(
      measure(
        { id: 'drift', title: 'Longest drift, in working time', ...atMost, target: ms(settings.driftRepair) },
        (window) => longestDrift(evidence.drifts, window, times.now),
      ),
      evidence.drifts,
    ),
  ];
}

/** Whole runs: one of a few steps only cannot be go, and one that was cancelled says nothing. */
export function runsIn(runs: readonly Report[], window: Window): Report[] {
  return runs.filter((run) => isIn(run.startedAt, window) && run.outcome !== 'cancelled' && wasWhole(run));
}

/** Whether every step was meant to be done: what was skipped came after one that went wrong. */
function wasWhole({ steps }: Report): boolean {
  const stoppedAt = steps.findIndex(({ status }) => status === 'failed' || status === 'blocked');
  return steps.every(({ status }, at) => status !== 'skipped' || (stoppedAt >= 0 && at > stoppedAt));
}

export function promotionsIn(promotions: readonly Promotion[], window: Window): Promotion[] {
  return promotions.filter(({ startedAt }) => isIn(startedAt, window));
}

export function isIn(moment: string, { since, until }: Window): boolean {
  const time = Date.parse(moment);
  return since.getTime() <= time && time < until.getTime();
}

/** The worst of several; what has no data counts for nothing beside what has. */
export function worst(colors: readonly Color[]): Color {
  return (['red', 'yellow', 'green'] as const).find((color) => colors.includes(color)) ?? 'no data';
}

function success(runs: readonly Report[]): Value | null {
  return shareOf(runs, ({ outcome }) => outcome === 'go');
}

/** Of the runs that are go: one that stopped early was quick for no good reason. */
function duration(runs: readonly Report[], share: number): Value | null {
  const times = runs.filter(({ outcome }) => outcome === 'go').map(({ durationMs }) => durationMs);
  const value = percentile(times, share);
  return value === undefined ? null : { value, of: times.length };
}

/** By nearest rank: a value that was measured, never one between two. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** A change is begun with its transaction. One that died without a close-out was found by a later one, and failed. */
function changeFailure(promotions: readonly Promotion[]): Value | null {
  const closed = new Set(promotions.map(({ promotionId }) => promotionId));
  const died = new Set(
    promotions.flatMap(({ settled }) => settled.map(({ promotionId }) => promotionId)).filter((id) => !closed.has(id)),
  );
  const endings = [...promotions.filter(isBegun).map(({ outcome }) => outcome === 'go'), ...[...died].map(() => false)];
  return shareOf(endings, (endedWell) => !endedWell);
}

function takenBack(promotions: readonly Promotion[]): Value | null {
  const times = promotions
    .filter((promotion) => isBegun(promotion) && promotion.outcome !== 'go' && promotion.state === 'untouched')
    .map(({ phases }) => phases.find(({ name }) => name === 'change')!.durationMs);
  return times.length > 0 ? { value: Math.max(...times), of: times.length } : null;
}

function isBegun({ phases }: Promotion): boolean {
  return phases.some(({ name }) => name === 'change');
}

/** 0 where digests were made and none found drift. */
function longestDrift(digests: readonly DriftDigest[], window: Window, now: Date): Value | null {
  const of = digests.filter(({ made_at }) => isIn(made_at, window)).length;
  if (of === 0) return null;
  const times = spellsOf(digests.filter(({ made_at }) => Date.parse(made_at) < window.until.getTime()))
    .map(({ since, until }) => ({
      since: new Date(since),
      until: until ? new Date(until) : earlier(now, window.until),
    }))
    .filter(({ until }) => until > window.since)
    .map(({ since, until }) => workingMs(since, until));
  return { value: Math.max(0, ...times), of };
}

/** Drift that lasts is no green, however young it is. */
function drift(objective: Objective, digests: readonly DriftDigest[]): Objective {
  const isOpen = spellsOf(digests).at(-1)?.until === null;
  return isOpen && objective.color === 'green' ? { ...objective, color: 'yellow' } : objective;
}

function colorOf(objective: Pick<Objective, 'bound' | 'target' | 'over' | 'week'>): Color {
  const { bound, target, over, week } = objective;
  const isKept = ({ value }: Value) => (bound === 'at least' ? value >= target : value <= target);
  if (over === null) return 'no data';
  if (!isKept(over)) return 'red';
  return week === null || isKept(week) ? 'green' : 'yellow';
}

function shareOf<T>(items: readonly T[], counts: (item: T) => boolean): Value | null {
  return items.length > 0 ? { value: items.filter(counts).length / items.length, of: items.length } : null;
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
