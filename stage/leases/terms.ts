import { parseDuration, type Config } from '../../ops/config/index.ts';

/** What every lease of a project is held to. */
export interface LeaseTerms {
  /** The longest that a lease may last, from its minting, extensions included. */
  readonly maximumMs: number;
  /** Sessions at a time. */
  readonly connections: number;
  /** A session is ended whose statement runs longer, … */
  readonly statementMs: number;
  /** … whose transaction is open for longer, … */
  readonly transactionMs: number;
  /** … or that sits idle in a transaction for longer. */
  readonly idleMs: number;
}

export function leaseTermsOf({ lease }: Config): LeaseTerms {
  return {
    maximumMs: parseDuration(lease.maximum),
    connections: lease.connections,
    statementMs: parseDuration(lease.statement),
    transactionMs: parseDuration(lease.transaction),
    idleMs: parseDuration(lease.idle),
  };
}
