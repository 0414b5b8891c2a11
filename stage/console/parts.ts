import type { EventStore } from '../../audit-log/events/index.ts';
import type { DashboardOrder } from '../../audit-log/digests/index.ts';
import type { Target } from '../../ops/postgres/index.ts';
import type { Redactor } from '../../ops/redact.ts';
import type { EndedLease, LeaseHistory, LeaseInForce, StuckLease } from '../leases/index.ts';

/** The leases of the staging that is up; every call opens it anew, because stagings come and go. */
export interface LeaseBooks {
  list(): Promise<{ inForce: readonly LeaseInForce[]; ended: readonly LeaseHistory[] }>;
  revoke(role: string, by: string, reason: string): Promise<{ ended: EndedLease[]; stuck: StuckLease[] }>;
}

/** What the console is handed: where everything is, and the world outside. */
export interface ConsoleParts {
  readonly project: string;
  /** The file of the tokens. */
  readonly tokens: string;
  /** Signs what a proxy says of its callers; undefined where no proxy is trusted. */
  readonly proxyKey: string | undefined;
  /** The folder of policies, rbac.yml among them. */
  readonly policies: string;
  /** How the console is reached: `http://127.0.0.1:4311`. */
  readonly origin: string;
  readonly events: EventStore;
  readonly digests: DashboardOrder;
  /** The folder of the runs' reports. */
  readonly evidence: string;
  readonly leases: LeaseBooks;
  /** The database of the audit record; undefined where none was named. */
  readonly records: Target | undefined;
  /** Folders of the record's keys and seals. */
  readonly recordFolders: { readonly keys: string; readonly seals: string };
  /** A login of the environment, by the variable that has its URL. */
  targetFrom(variable: string): Target | undefined;
  readonly redactor: Redactor;
  /** Told in full what went wrong with a request; the caller is told a number. */
  note(text: string): void;
  now(): Date;
}
