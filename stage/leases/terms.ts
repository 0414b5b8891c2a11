import { parseDuration, type Config } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';

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

/** How long a lease is to last, and what it is held to. */
export interface LeaseLife {
  readonly ttlMs: number;
  readonly terms: LeaseTerms;
}

/**
 * How long a lease lasts: what is asked for, else what is usual, and never longer than what it opens.
 * @param asked a duration; undefined for what is usual, or as long as there is
 * @param leftMs how long the staging lives still; undefined where nobody ends it
 * @throws LEASE_TTL when more is asked for than there is
 */
export function lifeOfLease(config: Config, asked: string | undefined, leftMs: number | undefined): LeaseLife {
  const terms = leaseTermsOf(config);
  const wantedMs = parseDuration(asked ?? config.lease.ttl);
  if (leftMs === undefined) return { ttlMs: wantedMs, terms };
  if (asked !== undefined && wantedMs > leftMs && wantedMs <= terms.maximumMs) throw outlasting(leftMs);
  const maximumMs = Math.min(terms.maximumMs, leftMs);
  return { ttlMs: asked === undefined ? Math.min(wantedMs, maximumMs) : wantedMs, terms: { ...terms, maximumMs } };
}

function outlasting(leftMs: number): DrydockError {
  const minutes = Math.floor(leftMs / 60_000);
  return new DrydockError('LEASE_TTL', `The staging lives for ${minutes} min more, and a lease of it no longer.`, {
    hint: 'Ask for less; how long a staging lives is said when it is brought up: "drydock up --ttl".',
  });
}
