import { DrydockError } from '../errors.ts';
import { literal } from './quote.ts';
import { Session, type Target } from './session.ts';

export interface ReadOnlyLimits {
  /** Longest that one statement may take, in milliseconds; 0 is no limit. */
  readonly statementTimeoutMs: number;
  /** Longest wait for a lock, in milliseconds: a reader must not queue behind a migration, nor others behind the reader. */
  readonly lockTimeoutMs: number;
}

/** What shows that a session wrote nothing, read from the server at its end. */
export interface ReadOnlyReceipt {
  readonly isolation: 'repeatable read';
  readonly transactionReadOnly: true;
  /** Postgres gives a transaction an id when it first writes; none was given. */
  readonly transactionId: null;
  /** The snapshot that everything was read in. */
  readonly snapshot: string;
  /** The server's clock at the start of the transaction, ISO 8601 in UTC. */
  readonly asOf: string;
  readonly onReplica: boolean;
  readonly statements: number;
  /** Statements the server refused: each was taken back to its savepoint. */
  readonly refused: number;
}

/** Settings under which Postgres spells names, numbers and times in one way, whoever asks. */
const spelling = {
  search_path: '',
  timezone: 'UTC',
  datestyle: 'ISO, YMD',
  intervalstyle: 'iso_8601',
  extra_float_digits: '1',
  bytea_output: 'hex',
  quote_all_identifiers: 'off',
};

/**
 * Runs `work` in one repeatable-read, read-only transaction: one snapshot, limits on time, nothing written.
 * The search path is empty, so that the server qualifies every name that it prints.
 * @throws READ_ONLY_BROKEN when the transaction was given an id or is not read only at its end
 */
export async function readOnly<T>(
  target: Target,
  limits: ReadOnlyLimits,
  work: (session: Session) => Promise<T>,
  options: {
    applicationName?: string;
    /** Cancels what is under way. */
    cancel?: AbortSignal | undefined;
    /** A snapshot that another session exported and still holds: both then see the same rows. */
    snapshot?: string | undefined;
  } = {},
): Promise<{ value: T; receipt: ReadOnlyReceipt }> {
  await using session = await Session.open(target, { applicationName: 'drydock read-only', ...options });
  return await session.rolledBack(async () => {
    if (options.snapshot) await session.query(`set transaction snapshot ${literal(options.snapshot)}`);
    await limitSession(session, limits);
    const value = await work(session);
    return { value, receipt: await receiptOf(session) };
  }, 'begin isolation level repeatable read read only');
}

async function limitSession(session: Session, limits: ReadOnlyLimits): Promise<void> {
  const settings = {
    ...spelling,
    statement_timeout: String(limits.statementTimeoutMs),
    lock_timeout: String(limits.lockTimeoutMs),
    idle_in_transaction_session_timeout: '60000',
  };
  await session.query('select pg_catalog.set_config(key, value, true) from pg_catalog.jsonb_each_text($1::jsonb)', [
    JSON.stringify(settings),
  ]);
}

async function receiptOf(session: Session): Promise<ReadOnlyReceipt> {
  const end = await session.row<{
    id: string | null;
    read_only: string;
    isolation: string;
    snapshot: string;
    as_of: string;
    on_replica: boolean;
  }>(
    `select pg_catalog.pg_current_xact_id_if_assigned()::text as id,
        pg_catalog.current_setting('transaction_read_only') as read_only,
        pg_catalog.current_setting('transaction_isolation') as isolation,
        pg_catalog.pg_current_snapshot()::text as snapshot,
        pg_catalog.to_char(pg_catalog.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as as_of,
        pg_catalog.pg_is_in_recovery() as on_replica`,
  );
  if (end.id !== null || end.read_only !== 'on' || end.isolation !== 'repeatable read') {
    throw new DrydockError('READ_ONLY_BROKEN', `The read-only session on ${session.target.database} did not stay so.`, {
      hint: `It ended with transaction id ${end.id}, read only ${end.read_only}, isolation ${end.isolation}. Please report it.`,
    });
  }
  const { statements, errors } = session.meter;
  return {
    isolation: 'repeatable read',
    transactionReadOnly: true,
    transactionId: null,
    snapshot: end.snapshot,
    asOf: end.as_of,
    onReplica: end.on_replica,
    statements,
    refused: errors,
  };
}
