import { own } from '../../ops/own.ts';
import type { CostWeights } from '../../ops/policies/index.ts';
import { findAnomalies, type Anomaly } from './anomalies.ts';
import { headOf, type DigestHead, type DigestPlace } from './head.ts';
import type { Dimension, Tally } from './tally.ts';
import { shifted } from './window.ts';
import { isWithin, type Window } from '../events/index.ts';

/** What calls cost, in relative units, and who made them. */
export interface CostDigest extends DigestHead {
  readonly kind: 'cost';
  /** The sha256 of the weights that the units were computed with. */
  readonly weights: string;
  readonly totals: CostTotals;
  readonly top: Readonly<Record<Dimension, readonly CostLine[]>>;
  readonly anomalies: readonly Anomaly[];
}

export interface CostTotals {
  readonly calls: number;
  readonly cost_units: number;
  readonly failed: number;
  readonly denied: number;
  /** failed / calls, so denied calls are not in it. Null without calls. */
  readonly error_rate: number | null;
}

export interface CostLine {
  readonly key: string;
  readonly calls: number;
  readonly cost_units: number;
  /** Milliseconds. */
  readonly avg_duration_ms: number;
}

const shown = 5;
const baselineMs = 24 * 3_600_000;

/** Builds the digest of a window of whole hours. The same builder feeds files and dashboards. */
export async function costDigest(place: DigestPlace, window: Window, weights: CostWeights): Promise<CostDigest> {
  const head = await headOf(place, window);
  const hours = await place.tallies.hourly({ since: shifted(window, -baselineMs).since, until: window.until });
  const ofTools = hours.filter(({ hour }) => isWithin(hour!, window));
  const ofCallers = await place.tallies.total(window, {
    dimensions: ['agent', 'user', 'workspace'],
    apart: Object.keys(weights.tools),
  });
  return {
    kind: 'cost',
    ...head,
    weights: weights.sha256,
    totals: totalsOf(ofTools, weights),
    top: {
      tool: topOf('tool', ofTools, weights),
      agent: topOf('agent', ofCallers, weights),
      user: topOf('user', ofCallers, weights),
      workspace: topOf('workspace', ofCallers, weights),
    },
    anomalies: findAnomalies(hours, window, (tally) => unitsOf(tally, weights)),
  };
}

export function unitsOf({ tool, calls, duration_ms }: Tally, { defaults, tools }: CostWeights): number {
  const weights = tool === null ? undefined : own(tools, tool);
  const { cost_per_call = defaults.cost_per_call, cost_per_ms = defaults.cost_per_ms } = weights ?? {};
  return calls * cost_per_call + duration_ms * cost_per_ms;
}

function totalsOf(tallies: readonly Tally[], weights: CostWeights): CostTotals {
  const calls = sum(tallies, ({ calls: count }) => count);
  const ended = (status: Tally['status']) =>
    sum(
      tallies.filter((tally) => tally.status === status),
      ({ calls: count }) => count,
    );
  const failed = ended('failed');
  return {
    calls,
    cost_units: rounded(sum(tallies, (tally) => unitsOf(tally, weights))),
    failed,
    denied: ended('denied'),
    error_rate: calls === 0 ? null : failed / calls,
  };
}

function topOf(dimension: Dimension, tallies: readonly Tally[], weights: CostWeights): CostLine[] {
  const byKey = Object.groupBy(
    tallies.filter((tally) => tally.dimension === dimension),
    ({ key }) => key,
  );
  return Object.entries(byKey)
    .map(([key, group = []]) => {
      const calls = sum(group, ({ calls: count }) => count);
      return {
        key,
        calls,
        cost_units: rounded(sum(group, (tally) => unitsOf(tally, weights))),
        avg_duration_ms: Math.round(sum(group, ({ duration_ms }) => duration_ms) / calls),
      };
    })
    .sort((a, b) => b.cost_units - a.cost_units || (a.key < b.key ? -1 : 1))
    .slice(0, shown);
}

export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** Units are sums of decimals; without this the same calls in another order would make another digest. */
function rounded(units: number): number {
  return Math.round(units * 1_000) / 1_000;
}
