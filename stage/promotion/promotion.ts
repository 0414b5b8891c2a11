import type { Project } from '../../ops/config/index.ts';
import type { Target } from '../../ops/postgres/index.ts';
import type { Redactor } from '../../ops/redact.ts';
import type { Measurement } from '../measurement.ts';
import type { Provider } from '../providers/index.ts';
import type { SignOff } from '../readiness/index.ts';
import type { ErrorReport, Outcome, StepReport, TrailReference } from '../report.ts';
import type { Source } from '../source.ts';

/** What somebody asks for when they promote. */
export interface PromotionOrder {
  readonly project: Project;
  readonly source: Source;
  /** The target's name in drydock.yaml, and where it is. */
  readonly targetName: string;
  readonly target: Target;
  readonly confirm: string | undefined;
  readonly isDryRun: boolean;
  /** Whether Drydock's foundation may be laid in a database that does not stand on it. */
  readonly bootstrap: boolean;
  /** Why the kill switch stops this, when it does. */
  readonly killSwitch: string | undefined;
  /** Where the structure that the target should have is made, to compare with. */
  readonly provider: Provider;
  readonly home: string;
  readonly place: PromotionPlace;
  readonly actor: string;
  readonly version: string;
  /** Folders in which pg_dump may be, best first. */
  readonly binaryFolders: readonly string[];
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  readonly observer: {
    stepStarted(title: string): void;
    progress(line: string): void;
    stepFinished(step: StepReport): void;
  };
  now(): Date;
}

export interface PromotionPlace {
  readonly trail: string;
  readonly lockFile: string;
  readonly runs: string;
  /** A folder per promotion: what it intended, and what it left for people. */
  readonly promotions: string;
}

/** What is so on the target: all of the change, nothing of it, its transaction but not all that comes after, or nobody knows. */
export type TargetState = 'promoted' | 'untouched' | 'in part' | 'unknown';

export interface AppliedFile {
  readonly file: string;
  readonly sha256: string;
}

/** What the target can be put back to. */
export type Backup =
  | {
      readonly kind: 'dump';
      readonly file: string;
      readonly bytes: number;
      readonly sha256: string;
      readonly entries: number;
      readonly tool: string;
    }
  | { readonly kind: 'external'; readonly file: string; readonly bytes: number; readonly sha256: string };

/** Where the target's log stood before anything was changed. */
export interface LogPosition {
  readonly lsn: string;
  readonly at: string;
}

/** Everything that a promotion did and found out. */
export interface Promotion {
  readonly promotionId: string;
  readonly outcome: Outcome;
  readonly state: TargetState;
  readonly isDryRun: boolean;
  readonly target: string;
  readonly database: string;
  readonly serverVersion: string | null;
  readonly actor: string;
  readonly commit: string | null;
  /** The rehearsal that showed it is safe. */
  readonly run: { readonly runId: string; readonly report: string } | null;
  readonly signOffs: readonly SignOff[];
  readonly startedAt: string;
  readonly durationMs: number;
  readonly phases: readonly StepReport[];
  readonly measurements: readonly Measurement[];
  readonly migrations: readonly AppliedFile[];
  readonly backup: Backup | null;
  readonly position: LogPosition | null;
  /** What to do to take it back, made for this promotion. */
  readonly rollback: readonly string[];
  /** Earlier promotions whose end nobody had written down, and what was found of them. */
  readonly settled: readonly { readonly promotionId: string; readonly state: TargetState }[];
  readonly error: ErrorReport | null;
  readonly trail: TrailReference | null;
}
