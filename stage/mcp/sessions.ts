import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import { endsSession, isServerError, StatementRefused } from './refusals.ts';
import { Turnstile } from './turnstile.ts';

export type Work<T> = (session: Session) => Promise<T>;

/** Fewer than a lease may have, so that there is one left to end the others with. */
const atATime = 4;
const waiting = 100;
/** A statement can catch its cancellation and go on; it is given this long to end, and then its session goes. */
const graceMs = 1000;
const applicationName = 'drydock mcp';

const queryCancelled = '57014';

interface Kept {
  readonly session: Session;
  readonly pid: number;
}

/** The sessions of one lease. Each is used by one call at a time and is as new for the next. */
export class LeaseSessions {
  readonly #target: Target;
  readonly #timeoutMs: number;
  readonly #turnstile = new Turnstile('statements', { atATime, waiting });
  readonly #idle: Kept[] = [];
  readonly #open = new Set<Session>();

  constructor(target: Target, timeoutMs: number) {
    this.#target = target;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws MCP_BUSY, MCP_TIMEOUT, MCP_CANCELLED, StatementRefused, or what breaking connections throw */
  async use<T>(signal: AbortSignal, work: Work<T>): Promise<T> {
    const leave = await this.#turnstile.enter();
    let kept: Kept | undefined;
    try {
      kept = await this.#take();
      if (signal.aborted) throw cancelled();
      return await this.#guarded(kept, signal, work);
    } catch (error) {
      throw this.#inWords(error, signal);
    } finally {
      // the answer does not wait for the cleaning up, but the next to use the session does
      void this.#giveBack(kept).then(leave, leave);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((session) => session.close().catch(() => {})));
  }

  async #take(): Promise<Kept> {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      if (kept.session.isOpen) return kept;
      this.#open.delete(kept.session);
    }
    const startup = `-c statement_timeout=${this.#timeoutMs}`;
    const session = await Session.open(this.#target, { applicationName, startup });
    this.#open.add(session);
    const { pid } = await session.row<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
    return { session, pid };
  }

  /** Watches from outside: what a session sets for itself it can also unset. */
  async #guarded<T>({ session, pid }: Kept, signal: AbortSignal, work: Work<T>): Promise<T> {
    const done = new AbortController();
    const stop = async (): Promise<void> => {
      await this.#signal('cancel', pid);
      await sleep(graceMs, undefined, { signal: done.signal });
      await this.#signal('terminate', pid);
    };
    const stopQuietly = () => void stop().catch(() => {}); // it ended by itself, or there is no server to be told
    const timer = setTimeout(stopQuietly, this.#timeoutMs + graceMs);
    signal.addEventListener('abort', stopQuietly, { once: true });
    try {
      return await work(session);
    } finally {
      done.abort();
      clearTimeout(timer);
      signal.removeEventListener('abort', stopQuietly);
    }
  }

  async #signal(how: 'cancel' | 'terminate', pid: number): Promise<void> {
    await using session = await Session.open(this.#target, { applicationName });
    await session.query(`select pg_catalog.pg_${how}_backend($1)`, [pid]);
  }

  /** Settings, locks, listening and whatever else a call left are gone before the next. */
  async #giveBack(kept: Kept | undefined): Promise<void> {
    if (!kept) return;
    try {
      if (kept.session.inTransaction) await kept.session.query('rollback');
      await kept.session.query('discard all');
      this.#idle.push(kept);
    } catch {
      this.#open.delete(kept.session);
      await kept.session.close().catch(() => {}); // broken already, most likely
    }
  }

  #inWords(error: unknown, signal: AbortSignal): unknown {
    if (!isServerError(error) || endsSession(error)) return error;
    if (codeOf(error) !== queryCancelled) return new StatementRefused(error);
    if (signal.aborted) return cancelled();
    const seconds = this.#timeoutMs / 1000;
    return new DrydockError('MCP_TIMEOUT', `The statement was stopped after ${seconds} s.`, {
      hint: 'Ask for less: plan shows where the time goes. Nothing of the statement was kept.',
      cause: error,
    });
  }
}

function cancelled(): DrydockError {
  return new DrydockError('MCP_CANCELLED', 'The call was taken back.');
}
