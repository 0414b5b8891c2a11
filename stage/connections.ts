import { codeOf } from '../ops/errors.ts';
import { Session, type Target, type Trace } from '../ops/postgres/index.ts';
import { measured, type Finding, type Measurement } from './measurement.ts';
import { loggedErrors, logIsWhole, type LoggedError } from './server-log.ts';

/** Names in the server's log: what a probe is refused is its result, not an error. */
const stepName = (step: string) => `drydock ${step}`;
const probeName = (step: string) => `drydock probe ${step}`;

/** How the end of a login shows in the log: session terminated, login not permitted, password unknown. */
const endings = new Set(['57P01', '28000', '28P01']);

/** What goes on beside a run: a keeper tells its problems in `drydock status`, an agent is told its own, and so is who clones. */
const beside = new Set(['keeper', 'mcp', 'clone'].map(stepName));

function isOfStep({ application }: LoggedError): boolean {
  return application.startsWith(stepName('')) && !application.startsWith(probeName('')) && !beside.has(application);
}

/** Whether an error that somebody threw comes from this one of the server's. */
function isCauseOf(thrown: unknown, logged: LoggedError): boolean {
  if (!(thrown instanceof Error)) return false;
  return (codeOf(thrown) === logged.sqlstate && thrown.message === logged.message) || isCauseOf(thrown.cause, logged);
}

/** Every connection of a run. Counts what was sent and what failed, and can cancel all of it at once. */
export class Connections {
  readonly #admin: Target;
  readonly #trace: Trace | undefined;
  readonly #sessions: Session[] = [];

  /** @param trace told of every statement */
  constructor(admin: Target, trace?: Trace) {
    this.#admin = admin;
    this.#trace = trace;
  }

  /** Opens a connection for a step, as the administrator unless another target is given. */
  async open(
    step: string,
    options: {
      target?: Target | undefined;
      database?: string | undefined;
      probe?: boolean;
      signal?: AbortSignal | undefined;
    } = {},
  ): Promise<Session> {
    const { target = this.#admin, database = target.database, probe = false, signal } = options;
    const applicationName = probe ? probeName(step) : stepName(step);
    const asked = { applicationName, pipelined: probe, signal, trace: this.#trace };
    const session = await Session.open({ ...target, database }, asked);
    if (!probe) this.#sessions.push(session);
    return session;
  }

  /** Cancels what any connection of the run is waiting for. */
  async cancelAll(): Promise<void> {
    await using session = await this.#serverSession('cancel');
    await session.query(
      `select pg_catalog.pg_cancel_backend(pid) from pg_catalog.pg_stat_activity
       where application_name like 'drydock %' and pid <> pg_catalog.pg_backend_pid()`,
    );
  }

  /**
   * Errors as two witnesses counted them: this side of the connections, and the server in its log where that can be read.
   * @param options.ended logins that were ended on purpose: that they are thrown out and refused is not an error
   * @param options.logStart where in the log this run begins, in bytes: what stands before is of others
   * @param options.failure what stopped the run: it counts, and is told as the run's error, so not as a finding again
   */
  async measureErrors(
    logFile: string | undefined,
    { ended = [], logStart = 0, failure }: { ended?: readonly string[]; logStart?: number; failure?: unknown } = {},
  ): Promise<Measurement> {
    const statements = this.#sum('statements');
    const refused = this.#sum('errors');
    const logged = (await this.#logOf(logFile, logStart))?.filter(
      (error) => isOfStep(error) && !(ended.includes(error.user) && endings.has(error.sqlstate)),
    );
    const told = logged?.findIndex((error) => isCauseOf(failure, error)) ?? -1;
    const findings = (logged ?? [])
      .filter((_error, index) => index !== told)
      .map((error): Finding => ({
        level: 'error',
        object: error.application,
        detail: `${error.message} (${error.sqlstate})`,
      }));
    return measured({
      id: 'meter/errors',
      title: logged ? 'No statement failed, by our count and by the server’s log' : 'No statement failed, by our count',
      examined: statements,
      violations: Math.max(refused, logged?.length ?? 0),
      findings,
    });
  }

  /** The errors that the server logged, all of them; undefined where they cannot be read, or nobody knows whether these are all. */
  async #logOf(logFile: string | undefined, start: number): Promise<LoggedError[] | undefined> {
    if (logFile === undefined) return undefined;
    return (await this.#isWhole(logFile)) ? await loggedErrors(logFile, start) : undefined;
  }

  async #isWhole(logFile: string): Promise<boolean> {
    try {
      await using session = await this.#serverSession('log');
      return await logIsWhole(session, logFile);
    } catch (error) {
      // a server that is gone writes no more than what is there
      if (codeOf(error)?.startsWith('CONNECT_')) return true;
      throw error;
    }
  }

  #serverSession(purpose: string): Promise<Session> {
    return Session.open({ ...this.#admin, database: 'postgres' }, { applicationName: stepName(purpose) });
  }

  #sum(key: 'statements' | 'errors'): number {
    return this.#sessions.reduce((total, { meter }) => total + meter[key], 0);
  }
}
