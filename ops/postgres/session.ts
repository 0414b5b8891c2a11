import pg from 'pg';
import { BoundedQuery, type BoundedResult, type Bounds } from './bounded-query.ts';
import { cancelOn } from './cancel.ts';
import { connectionError } from './connection-error.ts';
import type { CopiedOut, TakePiece } from './copy-out.ts';
import { receiveCopy, sendCopy } from './copy.ts';
import { describeOn, type Column } from './described.ts';
import { breakOffAt, serverLimits, type Limits } from './limits.ts';
import { identifier } from './quote.ts';
import { ScriptFailure, ScriptQuery } from './script.ts';
import { tlsOptions, type Tls } from './tls.ts';
import { getTypeParser } from './type-parsers.ts';

/** Where to log in, and as whom. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Without it the connection is not encrypted. */
  readonly tls?: Tls;
}

export interface QueryResult<Row> {
  readonly rows: Row[];
  readonly rowCount: number;
  /** The command tag's first word: SELECT, INSERT, CREATE … */
  readonly command: string;
  /** Names of the columns returned. */
  readonly fields: string[];
}

type Row = Record<string, unknown>;

/** Told of a message that was sent: its SQL, and the milliseconds until the answer. */
export type Trace = (text: string, durationMs: number) => void;

/** How a session is opened. */
export interface SessionOptions {
  /** Shown in pg_stat_activity and in the server's log. */
  readonly applicationName?: string;
  /** Settings that are sent with the login, as `-c name=value`. */
  readonly startup?: string;
  /** How long the login may take. */
  readonly timeoutMs?: number;
  /** Statements are sent without waiting for the answers to those before; it copies no rows and bounds none. */
  readonly pipelined?: boolean;
  /** The login is begun at once, and finished when this is: its database has to be there only then. */
  readonly after?: Promise<unknown>;
  /** Once aborted, no further statement is sent; what is under way is not stopped by it. */
  readonly signal?: AbortSignal | undefined;
  /** Once aborted, the server is asked to cancel what is under way, and nothing further is sent; who waits is told the reason. */
  readonly cancel?: AbortSignal | undefined;
  /** Told of every message sent, with the time until its answer. */
  readonly trace?: Trace | undefined;
  /** How long it waits for anybody; without them as long as it takes. */
  readonly limits?: Limits | undefined;
}

/** A target in the words of pg, for a library that brings its own connections. */
export function connectionOptions({ tls, ...where }: Target) {
  return { ...where, ssl: tls ? tlsOptions(tls) : false };
}

/** One open connection. Counts what it sent and what failed, so that a gate can be decided from it. */
export class Session implements AsyncDisposable {
  readonly target: Target;
  readonly #client: pg.Client;
  readonly #signal: AbortSignal | undefined;
  readonly #cancel: AbortSignal | undefined;
  readonly #trace: Trace;
  readonly #limits: Limits | undefined;
  #statements = 0;
  #errors = 0;
  #isOpen = true;

  private constructor(target: Target, client: pg.Client, { signal, cancel, trace = () => {}, limits }: SessionOptions) {
    this.target = target;
    this.#client = client;
    this.#signal = signal ?? cancel;
    this.#cancel = cancel;
    this.#trace = trace;
    this.#limits = limits;
    client.once('end', () => (this.#isOpen = false));
  }

  /** The server's process that serves this session. */
  get processId(): number {
    return (this.#client as unknown as { processID: number }).processID;
  }

  /** False once the connection is known to be gone. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether the last statement left a transaction open. */
  get inTransaction(): boolean {
    return this.#client.getTransactionStatus() !== 'I';
  }

  /** Logs in. */
  static async open(target: Target, options: SessionOptions = {}): Promise<Session> {
    const { after, limits } = options;
    limits?.until.throwIfAborted();
    const client = new pg.Client({
      ...connectionOptions(target),
      ...(after && { password: () => after.then(() => target.password) }),
      application_name: options.applicationName ?? 'drydock',
      ...(options.startup === undefined ? {} : { options: options.startup }),
      ...(limits && serverLimits(limits)),
      connectionTimeoutMillis: options.timeoutMs ?? 10_000,
      pipeline: options.pipelined ?? false,
      types: { getTypeParser },
    });
    // A connection that breaks while idle is reported by the next query; without a listener it would end the process.
    client.on('error', () => {});
    if (limits) breakOffAt(limits.until, client);
    try {
      await client.connect();
    } catch (error) {
      throw connectionError(target, error);
    }
    const session = new Session(target, client, options);
    if (options.cancel) {
      const cancelling = cancelOn(options.cancel, session);
      client.once('end', () => cancelling[Symbol.dispose]());
    }
    return session;
  }

  /** Opens another session of the same role, on another database of the server where one is named, with the same limits. */
  async beside(applicationName: string, database = this.target.database): Promise<Session> {
    const limits = this.#limits && { limits: this.#limits };
    return Session.open({ ...this.target, database }, { applicationName, ...limits });
  }

  /** Statements sent and statements refused so far. */
  get meter(): { statements: number; errors: number } {
    return { statements: this.#statements, errors: this.#errors };
  }

  /** Runs one statement, and refuses several. Big integers come as numbers, timestamps as text. */
  async query<R = Row>(text: string, values?: unknown[]): Promise<QueryResult<R>> {
    // the extended protocol takes one statement a message, so nothing can hide behind a semicolon
    const query: pg.QueryConfig & { queryMode: 'extended' } = { text, values, queryMode: 'extended' };
    const result = await this.#counted(text, 1, () => this.#client.query(query));
    return resultOf<R>(result);
  }

  /** The first row of a query that always has one. */
  async row<R = Row>(text: string, values?: unknown[]): Promise<R> {
    const { rows } = await this.query<R>(text, values);
    return rows[0] as R;
  }

  /**
   * Runs one statement of somebody who is not trusted, and takes no more of its answer than the bounds say.
   * @throws QUERY_TOO_LARGE with the session broken off, QUERY_COPY
   */
  async bounded(text: string, bounds: Bounds): Promise<BoundedResult> {
    return this.#counted(text, 1, () => new BoundedQuery(text, bounds).runOn(this.#client));
  }

  /** The columns that one statement returns, as the server says before it plans or runs it; none where it returns no rows. */
  async describe(text: string): Promise<Column[]> {
    return this.#counted(text, 0, () => describeOn(this.#client, text));
  }

  /**
   * Sends several statements as one message, as psql does with a file; parameters are not possible.
   * @throws ScriptFailure, which knows how many statements had been completed
   */
  async script(text: string): Promise<QueryResult<Row>[]> {
    this.#signal?.throwIfAborted();
    const query = new ScriptQuery(text);
    try {
      const results = await this.#counted(text, 0, () => query.runOn(this.#client));
      return results.map((result) => resultOf<Row>(result));
    } catch (error) {
      this.#statements += 1; // the one that failed
      throw new ScriptFailure(query.completed, error);
    } finally {
      this.#statements += query.completed;
    }
  }

  /**
   * Runs `copy … from stdin`.
   * @param rows in COPY's text format, see `copyField`; in one piece or in several
   * @returns how many rows the server took: all of them, or it throws
   */
  async copyIn(statement: string, rows: Iterable<string>): Promise<number> {
    return this.#counted(statement, 1, () => sendCopy(this.#client, statement, rows));
  }

  /**
   * Runs `copy … to stdout`.
   * @param take is given each piece as it comes; what it throws ends the statement, and the session with it
   */
  async copyOut(statement: string, take: TakePiece): Promise<CopiedOut> {
    return this.#counted(statement, 1, () => receiveCopy(this.#client, statement, take));
  }

  /** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
  async transaction<T>(work: () => Promise<T>, begin = 'begin'): Promise<T> {
    await this.query(begin);
    return this.#orTakeBack('rollback', async () => {
      const value = await work();
      const { command } = await this.query('commit');
      // where a statement had failed and `work` went on, the server rolls back and calls it done
      if (command === 'ROLLBACK') throw new Error('A failed statement was ignored inside a transaction.');
      return value;
    });
  }

  /** Runs `work` in one transaction that is always rolled back. */
  async rolledBack<T>(work: () => Promise<T>, begin = 'begin'): Promise<T> {
    await this.query(begin);
    const value = await this.#orTakeBack('rollback', work);
    await this.#client.query('rollback');
    return value;
  }

  /** Runs `work` inside the open transaction, and takes back whatever it did there. */
  async takenBack<T>(work: () => Promise<T>): Promise<T> {
    const takeBack = 'rollback to savepoint drydock; release savepoint drydock';
    await this.query('savepoint drydock');
    const value = await this.#orTakeBack(takeBack, work);
    await this.#client.query(takeBack);
    return value;
  }

  /** Runs `work`; when it throws, takes back what it did. */
  async #orTakeBack<T>(statement: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // where the connection is gone, so is the transaction, and the first error says why
      await this.#client.query(statement).catch(() => Promise.reject(error));
      throw error;
    }
  }

  /**
   * Runs one statement in a transaction of its own that is rolled back. The messages are sent at once, and with them those of
   * other attempts: the session has to be a pipelined one.
   * @throws what the server answers to the statement
   */
  async attempt(statement: string): Promise<void> {
    const messages = ['begin', statement, 'rollback'].map((text) => this.query(text));
    const [begun, tried, takenBack] = await Promise.allSettled(messages);
    for (const answer of [begun, takenBack, tried]) if (answer?.status === 'rejected') throw answer.reason;
  }

  /** Acts as `role` until the end of the transaction. */
  async setLocalRole(role: string): Promise<void> {
    await this.query(`set local role ${identifier(role)}`);
  }

  /** Hears what is sent to the channels that this session listens to, whenever an answer arrives. */
  onNotification(listener: (channel: string, payload: string) => void): void {
    this.#client.on('notification', ({ channel, payload = '' }) => listener(channel, payload));
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #counted<T>(text: string, statements: number, send: () => Promise<T>): Promise<T> {
    this.#signal?.throwIfAborted();
    this.#statements += statements;
    const sentAt = performance.now();
    try {
      return await send();
    } catch (error) {
      this.#errors += 1;
      throw this.#cancel?.aborted ? this.#cancel.reason : error;
    } finally {
      this.#trace(text, performance.now() - sentAt);
    }
  }
}

function resultOf<R>(result: pg.QueryResult): QueryResult<R> {
  return {
    rows: result.rows as R[],
    rowCount: result.rowCount ?? 0,
    command: result.command,
    fields: result.fields.map(({ name }) => name),
  };
}
