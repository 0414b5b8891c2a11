import { readOnly, type ReadOnlyReceipt, type Session, type Target } from '../../ops/postgres/index.ts';

export interface SessionLimits {
  readonly statementMs: number;
  readonly lockMs: number;
  readonly totalMs: number;
}

/**
 * Opens several read-only sessions on one snapshot: the first exports it, and holds it as long as the others use it.
 * @returns what `work` made, and a receipt per session
 */
export async function onOneSnapshot<T>(
  target: Target,
  limits: SessionLimits,
  count: number,
  work: (sessions: readonly Session[]) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<{ value: T; receipts: ReadOnlyReceipt[] }> {
  const receipts: ReadOnlyReceipt[] = [];
  const open = async (sessions: readonly Session[], snapshot?: string): Promise<T> => {
    if (sessions.length === count) return work(sessions);
    const { value, receipt } = await readOnly(
      target,
      { statementTimeoutMs: limits.statementMs, lockTimeoutMs: limits.lockMs },
      async (session) => {
        await waitFor(session, limits.totalMs);
        const exported = count > 1 ? (snapshot ?? (await exportSnapshot(session))) : undefined;
        return await open([...sessions, session], exported);
      },
      { applicationName: 'drydock snapshot', cancel: signal, snapshot },
    );
    receipts.unshift(receipt);
    return value;
  };
  return { value: await open([]), receipts };
}

/** A session that has nothing left to export waits in its transaction for the others. */
async function waitFor(session: Session, ms: number): Promise<void> {
  await session.query("select pg_catalog.set_config('idle_in_transaction_session_timeout', $1, true)", [String(ms)]);
}

async function exportSnapshot(session: Session): Promise<string> {
  const { id } = await session.row<{ id: string }>('select pg_catalog.pg_export_snapshot() as id');
  return id;
}
