import type { ReadOnlyReceipt } from '../../../ops/postgres/index.ts';
import { roleLine, type Role, type Server } from '../manifest.ts';
import type { StatementReceipt } from '../meter.ts';
import type { SignalComparison } from './signals.ts';
import type { TableComparison } from './table.ts';
import type { Verdict } from './verdict.ts';

/** One of the two snapshots of a comparison. */
export interface ComparedSnapshot {
  readonly folder: string;
  readonly branch: string;
  readonly commit_sha: string;
  readonly snapshot_generated_at_utc: string;
}

/** One of two databases that were compared as they were at a moment, and the receipt of having only read. */
export interface ComparedDatabase {
  readonly host: string;
  readonly port: number;
  readonly server: Server;
  readonly role: Role;
  readonly receipt: ReadOnlyReceipt;
  readonly statements: readonly StatementReceipt[];
}

/** What changed between two snapshots, or differs between two databases. */
export interface Comparison {
  readonly format: 'drydock comparison 1';
  readonly verdict: Verdict;
  readonly before: ComparedSnapshot | ComparedDatabase;
  readonly after: ComparedSnapshot | ComparedDatabase;
  /** Commits that are in the code after and not in the code before; null between databases, which have no code. */
  readonly commits: readonly string[] | null;
  readonly tables: readonly TableComparison[];
  /** Null between databases, where none are counted. */
  readonly signals: SignalComparison | null;
}

/** When it was so, and what it was: two facts for a person. */
export function factsOf(compared: ComparedSnapshot | ComparedDatabase): { when: string; what: string } {
  if ('folder' in compared) {
    const { snapshot_generated_at_utc: when, branch, commit_sha } = compared;
    return { when, what: `${branch} at ${commit_sha}` };
  }
  const { host, port, server, role, receipt } = compared;
  const place = `${server.database} at ${host}:${port}, Postgres ${server.version}, ${server.position}, LSN ${server.lsn}`;
  const proof = `read only, transaction id ${receipt.transactionId ?? 'never assigned'}`;
  return { when: receipt.asOf, what: `${place}; ${proof}; ${roleLine(role)}` };
}
