import type { Session } from '../../ops/postgres/index.ts';
import { combine, type Measurement, type Verdict } from '../measurement.ts';
import type { Migration } from '../migrations.ts';
import type { Rehearsal, SignOff } from '../readiness/index.ts';
import type { AppliedFile, Backup, LogPosition, PromotionOrder, TargetState } from './promotion.ts';

/** What the phases of one promotion share, as they find it out. */
export interface PromotionContext {
  readonly promotionId: string;
  readonly order: PromotionOrder;
  /** The connection that changes the target. */
  readonly session: Session;
  readonly serverMajor: number;
  readonly isLaid: boolean;
  readonly measurements: Measurement[];
  rehearsal: Rehearsal | undefined;
  signOffs: readonly SignOff[];
  /** What the target does not have yet. */
  pending: Migration[];
  applied: AppliedFile[];
  backup: Backup | null;
  position: LogPosition | null;
  settled: { promotionId: string; state: TargetState }[];
  state: TargetState;
}

/** A part of a promotion. It stops where what was measured is not `go`. */
export interface Phase {
  readonly name: string;
  readonly title: string;
  /** @returns one clause of what was done, from measured values */
  run(context: PromotionContext): Promise<string>;
}

/** The verdict over what was measured. A warning that examined nothing holds nobody up. */
export function verdictSoFar(measurements: readonly Measurement[]): Verdict {
  const counting = measurements.filter(({ examined, severity }) => examined > 0 || severity === 'error');
  return combine(counting.map(({ verdict }) => verdict));
}
