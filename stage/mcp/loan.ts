import { DrydockError, messageOf } from '../../ops/errors.ts';
import type { Report } from '../report.ts';
import type { McpParts } from './parts.ts';
import { endsSession } from './refusals.ts';
import { LeaseSessions, type Work } from './sessions.ts';
import { Turnstile } from './turnstile.ts';

/** The longest that a timer can run. */
const longestTimer = 2 ** 31 - 1;
/** The keeper is given a moment to end what is over; where there is none, we do. */
const keeperFirstMs = 2000;

/** The lease that one client works with: its sessions, and its end. */
export class Loan {
  readonly #parts: McpParts;
  readonly #sessions: LeaseSessions;
  /** Steps change the same rows and the same books. */
  readonly #steps = new Turnstile('steps', { atATime: 1, waiting: 4 });
  /** Why it is over, once it is. */
  #over: string | undefined;
  #ending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: McpParts) {
    this.#parts = parts;
    this.#sessions = new LeaseSessions(parts.lease.target, parts.limits.timeoutMs);
    this.#awaitExpiry(parts.lease.expiresAt.getTime() - parts.lease.createdAt.getTime());
  }

  /**
   * Works with a session of the lease that nobody else uses meanwhile, and leaves nothing of the work in it.
   * @throws MCP_LEASE_OVER, MCP_STAGING_GONE, MCP_SESSION_LOST, MCP_TIMEOUT, MCP_BUSY, StatementRefused
   */
  async with<T>(signal: AbortSignal, work: Work<T>): Promise<T> {
    this.requireInForce();
    try {
      return await this.#sessions.use(signal, work);
    } catch (error) {
      throw await this.#explained(error);
    }
  }

  /**
   * Does a step that brings its own sessions, while no other is done.
   * @throws MCP_LEASE_OVER, MCP_STAGING_GONE, MCP_SESSION_LOST, MCP_BUSY
   */
  async step(work: () => Promise<Report>): Promise<Report> {
    this.requireInForce();
    const leave = await this.#steps.enter();
    try {
      const report = await work();
      // a report tells of a refused login, and not why it was refused
      if (report.error) await this.#requireByTheBooks();
      return report;
    } catch (error) {
      throw await this.#explained(error);
    } finally {
      leave();
    }
  }

  /** @throws MCP_LEASE_OVER */
  requireInForce(): void {
    if (this.#over !== undefined) throw this.#isOver(this.#over);
  }

  /** Ends it, sessions first. Once is enough. @throws LEASE_NOT_ENDED */
  async end(reason: string): Promise<void> {
    this.#over ??= reason;
    this.#ending ??= this.#end(this.#over);
    await this.#ending;
  }

  async #end(reason: string): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sessions.close();
    await this.#parts.lender.end(this.#parts.lease.role, reason);
  }

  #awaitExpiry(leftMs: number): void {
    const waitMs = Math.min(Math.max(leftMs, 0) + keeperFirstMs, longestTimer);
    this.#timer = setTimeout(() => void this.#expire(), waitMs).unref();
  }

  /** Its end may have been moved, and a keeper may have ended it. */
  async #expire(): Promise<void> {
    const { lease, lender, note } = this.#parts;
    try {
      const fate = await lender.fateOf(lease.role);
      if (fate.state === 'in force' && fate.leftMs > 0) this.#awaitExpiry(fate.leftMs);
      else await this.end('expired');
    } catch (error) {
      note(`The lease ${lease.role} has expired, and could not be ended: ${messageOf(error)}`);
    }
  }

  async #requireByTheBooks(): Promise<void> {
    const fate = await this.#parts.lender.fateOf(this.#parts.lease.role);
    if (fate.state === 'over') this.#over ??= fate.reason;
    this.requireInForce();
  }

  /** What a broken session means: the books know whether the lease is over. */
  async #explained(error: unknown): Promise<unknown> {
    if (!endsSession(error)) return error;
    if (this.#over !== undefined) return this.#isOver(this.#over);
    const { lease, lender } = this.#parts;
    const fate = await lender.fateOf(lease.role);
    if (fate.state === 'over') return this.#isOver((this.#over = fate.reason));
    if (fate.state === 'unknown') return gone(fate.problem, error);
    return new DrydockError('MCP_SESSION_LOST', `The server ended the session: ${messageOf(error)}.`, {
      hint: 'The lease is still in force. Whether the statement took effect is not known: look before trying again.',
      cause: error,
    });
  }

  #isOver(reason: string): DrydockError {
    const { role } = this.#parts.lease;
    return new DrydockError('MCP_LEASE_OVER', `The lease ${role} is over: ${reason}.`, {
      hint: 'Nothing works any more on this connection. Whoever runs the client gets a new lease by connecting again.',
    });
  }
}

function gone(problem: string, cause: unknown): DrydockError {
  return new DrydockError('MCP_STAGING_GONE', `The staging is not there any more: ${problem}`, {
    hint: 'Ask the operator to bring it up ("drydock up"), then connect again.',
    cause,
  });
}
