import type { EventStore, HashKey } from '../../audit-log/events/index.ts';
import type { Project } from '../../ops/config/index.ts';
import type { Redactor } from '../../ops/redact.ts';
import type { Lease } from '../leases/index.ts';
import type { Report } from '../report.ts';

/** How much one query may take and give. */
export interface QueryLimits {
  readonly rows: number;
  /** Of the values, as the server prints them. */
  readonly bytes: number;
  readonly timeoutMs: number;
}

/** What has become of a lease, by the books of the staging. */
export type LoanFate =
  /** By the server's clock. */
  | { readonly state: 'in force'; readonly leftMs: number }
  | { readonly state: 'over'; readonly reason: string }
  /** The staging does not answer, or there is none. */
  | { readonly state: 'unknown'; readonly problem: string };

/** Who lends the staging: the administrator's side of it. An agent reaches nothing of it but the end of its own lease. */
export interface Lender {
  fateOf(role: string): Promise<LoanFate>;
  /** Ends a lease, whoever else may be ending it. @throws LEASE_NOT_ENDED */
  end(role: string, reason: string): Promise<void>;
}

/** What the tool server is handed. */
export interface McpParts {
  readonly project: Project;
  readonly version: string;
  /** Who the tool calls are of, in their events. */
  readonly agent: string;
  readonly user: string;
  readonly lease: Lease;
  readonly lender: Lender;
  readonly limits: QueryLimits;
  /** Does one step of the pipeline with the login of the lease. */
  doStep(name: string, signal: AbortSignal): Promise<Report>;
  readonly events: EventStore;
  /** Marks equal inputs as equal in the events. */
  readonly hashKey: HashKey;
  /** The folder of the runs' reports. */
  readonly evidence: string;
  readonly redactor: Redactor;
  /** Told in full what went wrong; the agent is told a sentence. */
  note(text: string): void;
  now(): Date;
}
