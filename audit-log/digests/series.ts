import type { CostWeights } from '../../ops/policies/index.ts';
import type { Window } from '../events/index.ts';
import { sum, unitsOf } from './cost.ts';
import type { Tally } from './tally.ts';

/** Calls of a stretch of time, for a chart. */
export interface SeriesPoint {
  /** UTC, ISO 8601. */
  readonly since: string;
  readonly calls: number;
  readonly failed: number;
  readonly denied: number;
  readonly cost_units: number;
  readonly out_bytes: number;
}

const hourMs = 3_600_000;
const mostPoints = 96;

/** A window in equal stretches of whole hours, at most 96; one without calls is there too. */
export function seriesOf(hours: readonly Tally[], { since, until }: Window, weights: CostWeights): SeriesPoint[] {
  const all = Math.round((until.getTime() - since.getTime()) / hourMs);
  const stretchMs = Math.ceil(all / mostPoints) * hourMs;
  const placeOf = (time: number) => Math.floor((time - since.getTime()) / stretchMs);
  const byPlace = Map.groupBy(hours, ({ hour }) => placeOf(Date.parse(hour!)));
  return Array.from({ length: Math.ceil((all * hourMs) / stretchMs) }, (_, place) => {
    const tallies = byPlace.get(place) ?? [];
    const ended = (status: Tally['status']) =>
      sum(
        tallies.filter((tally) => tally.status === status),
        ({ calls }) => calls,
      );
    return {
      since: new Date(since.getTime() + place * stretchMs).toISOString(),
      calls: sum(tallies, ({ calls }) => calls),
      failed: ended('failed'),
      denied: ended('denied'),
      cost_units: sum(tallies, (tally) => unitsOf(tally, weights)),
      out_bytes: sum(tallies, ({ out_size }) => out_size),
    };
  });
}
