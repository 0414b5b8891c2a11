import type { Gate } from './gates.ts';
import type { Inputs } from './inputs.ts';
import type { Finding, Measurement } from './measurement.ts';

export type Outcome = 'go' | 'no-go' | 'unproven' | 'failed' | 'cancelled';
export type StepStatus = 'done' | 'failed' | 'blocked' | 'cancelled' | 'skipped';

export interface StepReport {
  readonly name: string;
  readonly title: string;
  readonly status: StepStatus;
  readonly durationMs: number;
  readonly summary: string;
  readonly rows: number | null;
  readonly findings: readonly Finding[];
}

export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  /** The line of SQL with a caret, when the error is in a file. */
  readonly excerpt: string | null;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
}

/** A file of evidence, as the close-out names it. */
export interface EvidenceFile {
  readonly name: string;
  readonly title: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A credential that a run gave out. Never the password. */
export interface IssuedCredential {
  readonly role: string;
  readonly profile: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly rights: readonly string[];
  endedAt?: string;
}

/** The answer to one of the evidence queries. */
export interface Answer {
  readonly title: string;
  readonly rows: readonly Record<string, unknown>[];
}

/** The boundary matrix, condensed: the verbs that a role was seen to have anywhere in a schema. */
export interface MatrixRow {
  readonly role: string;
  readonly schema: string;
  readonly probes: number;
  readonly allowed: readonly string[];
  readonly mismatches: number;
}

/** What GitHub Actions was doing when it started the run. */
export interface WorkflowRun {
  readonly url: string;
  readonly ref: string;
  readonly sha: string;
}

/** Where the run's close-out stands. */
export interface TrailReference {
  readonly file: string;
  readonly heading: string;
  readonly number: number;
  readonly sha256: string;
  readonly prev: string;
}

/** Everything a run found out. The screen, `--json`, the close-out and the evidence are renderings of this one object. */
export interface Report {
  readonly runId: string;
  readonly outcome: Outcome;
  readonly project: string;
  readonly database: string;
  readonly provider: string;
  readonly serverVersion: string | null;
  readonly actor: string;
  readonly commit: string | null;
  /** Null when they could not be read. */
  readonly inputs: Inputs | null;
  readonly version: string;
  /** Null outside GitHub Actions. */
  readonly workflow: WorkflowRun | null;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly steps: readonly StepReport[];
  readonly gates: readonly Gate[];
  readonly measurements: readonly Measurement[];
  readonly matrix: readonly MatrixRow[];
  readonly credentials: readonly IssuedCredential[];
  readonly answers: readonly Answer[];
  readonly remarks: readonly string[];
  readonly evidence: readonly EvidenceFile[];
  readonly error: ErrorReport | null;
  /** Null until the close-out is written, and in the evidence that the close-out names. */
  readonly trail: TrailReference | null;
}
