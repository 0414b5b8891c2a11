import { Session } from './session.ts';

/**
 * Cancels the statement that a session is waiting for as soon as the signal says so, over another connection of the same role.
 * Dispose of it before the session: a process that is gone by then is left alone.
 */
export function cancelOn(signal: AbortSignal, { target, processId }: Session): Disposable {
  // what cannot be cancelled is told by the statement itself: the server is gone, or it ends by and by
  const act = () => void cancel(target, processId).catch(() => {});
  signal.addEventListener('abort', act, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', act) };
}

async function cancel(target: Session['target'], processId: number): Promise<void> {
  await using session = await Session.open(target, { applicationName: 'drydock cancel' });
  await session.query('select pg_catalog.pg_cancel_backend($1)', [processId]);
}
