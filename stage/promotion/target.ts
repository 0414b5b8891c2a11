import { DrydockError } from '../../ops/errors.ts';
import { Session } from '../../ops/postgres/index.ts';
import { isLaid } from '../foundation.ts';
import type { PromotionOrder } from './promotion.ts';

/** Every promotion into one database takes this lock; the server gives it back when the connection ends. */
export const promotionLock = 0x64_72_79_64; // "dryd"

export interface OpenTarget extends AsyncDisposable {
  readonly session: Session;
  readonly serverVersion: string;
  readonly isLaid: boolean;
}

/**
 * Logs in to the target and makes sure that nobody else is promoting into it.
 * @throws PROMOTE_UNDER_WAY, PROMOTE_FOUNDATION
 */
export async function openTarget({ target, bootstrap, signal }: PromotionOrder): Promise<OpenTarget> {
  await using undo = new AsyncDisposableStack();
  const session = undo.use(await Session.open(target, { applicationName: 'drydock promote', signal }));
  const { alone, version } = await session.row<{ alone: boolean; version: string }>(
    `select pg_catalog.pg_try_advisory_lock($1) as alone, pg_catalog.current_setting('server_version') as version`,
    [promotionLock],
  );
  if (!alone) {
    throw new DrydockError('PROMOTE_UNDER_WAY', `Another promotion into ${target.database} is under way.`, {
      hint: 'Wait for it; one that was killed ends as soon as its server notices, and "drydock promote" then says how.',
    });
  }
  const laid = await isLaid(session);
  if (!laid && !bootstrap) {
    throw new DrydockError('PROMOTE_FOUNDATION', `${target.database} does not stand on Drydock's foundation.`, {
      hint: 'Look at what "--bootstrap" would lay (roles, schemas audit, drydock and views, event triggers), and add it.',
    });
  }
  const held = undo.move();
  return { session, serverVersion: version, isLaid: laid, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Watches, over a connection of its own, how many wait behind a session, and cancels it when they are too many or nobody wants it any more. */
export class QueueWatch implements AsyncDisposable {
  readonly #session: Session;
  readonly #pid: number;
  readonly #most: number;
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> = Promise.resolve();
  #longest = 0;
  #tripped = false;
  #failure: unknown;

  private constructor(session: Session, pid: number, most: number, signal: AbortSignal) {
    this.#session = session;
    this.#pid = pid;
    this.#most = most;
    this.#signal = signal;
    this.#timer = setInterval(() => void (this.#looking = this.#looking.then(() => this.#look())), 50);
  }

  /** @param most how many may wait */
  static async over(watched: Session, most: number, signal: AbortSignal): Promise<QueueWatch> {
    const { pid } = await watched.row<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
    return new QueueWatch(
      await Session.open(watched.target, { applicationName: 'drydock promote watch' }),
      pid,
      most,
      signal,
    );
  }

  /** Whether it had to cancel what it watches. */
  get tripped(): boolean {
    return this.#tripped;
  }

  /** The most that waited at once. */
  get longest(): number {
    return this.#longest;
  }

  /** Ends when the last look is over. @throws what kept it from looking */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#session.close();
  }

  async #look(): Promise<void> {
    try {
      const { waiting } = await this.#session.row<{ waiting: number }>(
        `select count(*) as waiting from pg_catalog.pg_stat_activity
         where wait_event_type = 'Lock' and $1 = any (pg_catalog.pg_blocking_pids(pid))`,
        [this.#pid],
      );
      this.#longest = Math.max(this.#longest, waiting);
      if ((waiting <= this.#most && !this.#signal.aborted) || this.#tripped) return;
      this.#tripped = !this.#signal.aborted;
      await this.#session.query('select pg_catalog.pg_cancel_backend($1)', [this.#pid]);
    } catch (error) {
      this.#failure ??= error;
      clearInterval(this.#timer);
    }
  }
}
