import type pg from 'pg';
import type { Socket } from 'node:net';

/** How long a session waits for anybody. Sessions that are opened beside it are bound by the same. */
export interface Limits {
  /** For a lock that somebody else holds, in milliseconds. */
  readonly lockMs: number;
  /** For the end of a statement, in milliseconds. */
  readonly statementMs: number;
  /** Once aborted, the connection is broken off, whatever it waits for: also a server that answers nothing at all. */
  readonly until: AbortSignal;
}

/** What the server itself sees to, in the words of pg. */
export function serverLimits({ lockMs, statementMs }: Limits): pg.ClientConfig {
  return { lock_timeout: lockMs, statement_timeout: statementMs };
}

/** Breaks a connection off, begun or open, when its time is over. */
export function breakOffAt(until: AbortSignal, client: pg.Client): void {
  const { connection } = client as unknown as { connection: { stream: Socket } };
  const breakOff = () => void connection.stream.destroy(); // TLS puts a stream of its own in its place
  until.addEventListener('abort', breakOff, { once: true });
  client.once('end', () => until.removeEventListener('abort', breakOff));
}
