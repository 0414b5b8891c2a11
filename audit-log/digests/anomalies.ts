import type { Window } from '../events/index.ts';
import type { Tally } from './tally.ts';

/** An hour of a tool that is unlike the 24 hours before it. */
export interface Anomaly {
  readonly kind: 'cost' | 'errors';
  readonly tool: string;
  /** UTC hour. */
  readonly hour: string;
  /** Cost units, or failed calls per call. */
  readonly value: number;
  /** The same, on average of the hours before. */
  readonly baseline: number;
  readonly ratio: number;
}

/** The seed's defaults: an hour against 24, three times as much; below this many calls nothing is said. */
const baselineHours = 24;
const ratioThreshold = 3;
const fewestCalls = 10;
const hourMs = 3_600_000;

interface Hour {
  readonly calls: number;
  readonly failed: number;
  readonly units: number;
}
const nothing: Hour = { calls: 0, failed: 0, units: 0 };

/** @param hours tallies of the dimension `tool`, from 24 hours before the window on */
export function findAnomalies(hours: readonly Tally[], window: Window, unitsOf: (tally: Tally) => number): Anomaly[] {
  const byTool = Object.entries(Object.groupBy(hours, ({ key }) => key));
  return byTool
    .flatMap(([tool, tallies = []]) => anomaliesOf(tool, byHour(tallies, unitsOf), window))
    .sort((a, b) => b.ratio - a.ratio || (a.hour < b.hour ? -1 : 1));
}

function anomaliesOf(tool: string, hours: ReadonlyMap<number, Hour>, { since, until }: Window): Anomaly[] {
  const found: Anomaly[] = [];
  for (let at = since.getTime(); at < until.getTime(); at += hourMs) {
    const now = hours.get(at) ?? nothing;
    const before = sumOf(Array.from({ length: baselineHours }, (_, n) => hours.get(at - (n + 1) * hourMs) ?? nothing));
    if (now.calls < fewestCalls || before.calls < fewestCalls) continue;
    const hour = new Date(at).toISOString();
    const compare = (kind: Anomaly['kind'], value: number, baseline: number) => {
      if (value > 0 && value >= baseline * ratioThreshold) {
        found.push({ kind, tool, hour, value, baseline, ratio: value / baseline });
      }
    };
    compare('cost', now.units, before.units / baselineHours);
    // one failure among a thousand calls before weighs as half a one, so that the first failure ever is no alarm
    compare('errors', now.failed / now.calls, (before.failed + 0.5) / before.calls);
  }
  return found;
}

function byHour(tallies: readonly Tally[], unitsOf: (tally: Tally) => number): Map<number, Hour> {
  const hours = new Map<number, Hour>();
  for (const tally of tallies) {
    const at = Date.parse(tally.hour!);
    const failed = tally.status === 'failed' ? tally.calls : 0;
    hours.set(at, sumOf([hours.get(at) ?? nothing, { calls: tally.calls, failed, units: unitsOf(tally) }]));
  }
  return hours;
}

function sumOf(hours: readonly Hour[]): Hour {
  return hours.reduce(
    (a, b) => ({ calls: a.calls + b.calls, failed: a.failed + b.failed, units: a.units + b.units }),
    nothing,
  );
}
