import type { Project } from '../ops/config/index.ts';
import type { Session } from '../ops/postgres/index.ts';
import type { Redactor } from '../ops/redact.ts';
import type { Actor } from './confined/index.ts';
import type { Lease } from './leases/index.ts';
import type { Instance } from './providers/index.ts';
import type { Measurement } from './measurement.ts';
import { applyWaivers, type WaiverOrder } from './waivers.ts';
import type { Answer, IssuedCredential, MatrixRow, WorkflowRun } from './report.ts';

/** A unit of work of the pipeline. */
export interface Step {
  readonly name: string;
  readonly title: string;
  /** What of the staging it is there to change: one that stays is copied to its template afterwards. */
  readonly changes?: 'structure' | 'rows';
  /** @returns what it did, for the step table. What it measured it hands to `context.record`. */
  run(context: StepContext): Promise<StepOutcome>;
  /**
   * Begins what needs no instance, while one is got.
   * @returns what `run` then is
   */
  ahead?(project: Project): Step['run'];
}

export interface StepOutcome {
  /** One clause, from measured values: "17 migrations, 211 statements". */
  readonly summary: string;
  /** Rows changed or looked at, where that says something. */
  readonly rows?: number;
  /** Rows of the domains that were changed, and stay so. */
  readonly changed?: number;
}

/** A lease that does steps with its own login: it does what its profile may, and leaves the rest to the operator. */
export interface Holder {
  readonly role: string;
  readonly profile: string;
}

/** As whom statements of the project act: the role that they name, or the lease that does the step. */
export function actorOf({ holder }: Pick<StepContext, 'holder'>, role: string): Actor {
  return holder ? { role: holder.role, how: 'itself' } : { role, how: 'role' };
}

/** Everything a step may use. It is handed in; a step reaches for nothing. */
export interface StepContext {
  readonly runId: string;
  readonly project: Project;
  readonly instance: Instance;
  readonly settings: RunSettings;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  readonly record: RunRecord;
  /** The run's own credential, between `lend` and `reclaim`. */
  lease: Lease | undefined;
  /** Who is logged in, when that is a lease and not the administrator. */
  readonly holder: Holder | undefined;
  now(): Date;
  /**
   * A connection to the project's database or another one, as the administrator or the holder, or with a lease. It carries
   * the step's name in the server's log; what a probe is refused is not counted as an error, and cleaning up goes on after
   * a cancellation.
   */
  connect(options?: {
    database?: string;
    lease?: Pick<Lease, 'target'>;
    purpose?: 'probe' | 'clean-up';
  }): Promise<Session>;
  /** Shows progress of long work; with a share, how much of it is done. */
  progress(line: string, share?: Share): void;
}

/** A part of a whole whose size is known. */
export interface Share {
  readonly done: number;
  readonly total: number;
}

/** What the caller decides about a run, parsed from flags and environment. */
export interface RunSettings {
  readonly ingest: 'dry-run' | 'live' | 'disabled';
  /** The git commit whose migrations are promoted already; the project's own without it. */
  readonly baseline?: string | undefined;
  /** Why there is none, where a target was asked for it. */
  readonly noBaseline?: string;
  /** Who acts, for the trail and the lease log. */
  readonly actor: string;
  readonly version: string;
  /** The run of a workflow that this run is part of, in GitHub Actions. */
  readonly workflow?: WorkflowRun;
}

/** A file of evidence; named by its sha256 in the close-out. */
export interface Evidence {
  readonly name: string;
  readonly title: string;
  readonly content: string;
}

/** What the steps of a run found out, as they go: it survives a step that throws. */
export class RunRecord {
  readonly measurements: Measurement[] = [];
  readonly evidence: Evidence[] = [];
  readonly credentials: IssuedCredential[] = [];
  /** The boundary matrix, condensed. */
  readonly matrix: MatrixRow[] = [];
  /** What the evidence queries answered. */
  readonly answers: Answer[] = [];
  /** Remarks for the reader of the close-out: what was not shown, and why. */
  readonly remarks: string[] = [];

  measure(measurement: Measurement): void {
    this.measurements.push(measurement);
  }

  /** Takes the waived findings out of the count, and judges the waivers themselves. */
  waive(waivers: readonly WaiverOrder[], now: Date): void {
    if (waivers.length === 0) return;
    const judged = applyWaivers(waivers, this.measurements, now);
    this.measurements.splice(0, this.measurements.length, ...judged);
  }

  attach(evidence: Evidence): void {
    this.evidence.push(evidence);
  }

  note(remark: string): void {
    this.remarks.push(remark);
  }
}
