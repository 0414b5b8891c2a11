import { mkdirSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { openEventStore, type EventStore } from '../../audit-log/events/index.ts';
import { identifier, literal, Session, type Target } from '../../ops/postgres/index.ts';
import { Redactor } from '../../ops/redact.ts';
import {
  serveConsole,
  TokenBook,
  type ConsoleParts,
  type LeaseBooks,
  type RunningConsole,
} from '../../stage/console/index.ts';
import { endedLeases, endLeases, listLeases } from '../../stage/leases/index.ts';
import { eventDatabase, type EventDatabase } from './events.ts';
import { temporaryFolder, type TemporaryFolder } from './home.ts';
import { RecordDatabase } from './records.ts';
import { Staging } from './staging.ts';

const policies = join(import.meta.dirname, '../../ops/policies');

/** A console with everything behind it that is real: tool events, an audit record, the leases of a staging. */
export class ConsoleUnderTest implements AsyncDisposable {
  readonly staging: Staging;
  readonly parts: ConsoleParts;
  readonly events: EventDatabase;
  readonly records: RecordDatabase;
  readonly folder: string;
  /** Told to the operator. */
  readonly notes: string[];
  readonly #running: RunningConsole;
  readonly #open: AsyncDisposableStack;
  readonly #book: TokenBook;

  private constructor(
    staging: Staging,
    running: RunningConsole,
    made: { parts: ConsoleParts; events: EventDatabase; records: RecordDatabase; folder: string; notes: string[] },
    open: AsyncDisposableStack,
  ) {
    this.staging = staging;
    this.#running = running;
    this.#open = open;
    ({ parts: this.parts, events: this.events, records: this.records, folder: this.folder, notes: this.notes } = made);
    this.#book = new TokenBook(this.parts.tokens);
  }

  /** Over a staging of its own, which ends with it. @param given instead of what a console usually has */
  static async start(given: Partial<ConsoleParts> = {}): Promise<ConsoleUnderTest> {
    await using open = new AsyncDisposableStack();
    const staging = open.use(await Staging.start());
    await staging.run('bootstrap');
    return await ConsoleUnderTest.#make(staging, given, open);
  }

  /** One more over the same staging, with stores of its own. */
  async another(given: Partial<ConsoleParts> = {}): Promise<ConsoleUnderTest> {
    await using open = new AsyncDisposableStack();
    return await ConsoleUnderTest.#make(this.staging, given, open);
  }

  static async #make(
    staging: Staging,
    given: Partial<ConsoleParts>,
    open: AsyncDisposableStack,
  ): Promise<ConsoleUnderTest> {
    const { path: folder }: TemporaryFolder = open.use(await temporaryFolder());
    const [events, records] = [await eventDatabase(staging), open.use(await RecordDatabase.make(staging))];
    await cp(policies, join(folder, 'policies'), { recursive: true });
    mkdirSync(join(folder, 'evidence'));
    const redactor = new Redactor();
    redactor.add(events.reader.password);
    const directory = join(folder, 'audit');
    const now = () => new Date();
    const notes: string[] = [];
    const store: EventStore = open.use(
      await openEventStore({ backend: 'jsonl', directory, host: 'test', now, note: (line) => notes.push(line) }),
    );
    let parts: ConsoleParts | undefined;
    const partsAt = (origin: string): ConsoleParts =>
      (parts = {
        project: 'EHG',
        tokens: join(folder, 'console/tokens.json'),
        proxyKey: undefined,
        policies: join(folder, 'policies'),
        origin,
        events: store,
        digests: {
          backend: 'postgres',
          target: events.reader,
          directory,
          compacted: join(directory, 'compact'),
          host: 'test',
          policies: join(folder, 'policies'),
          now,
        },
        evidence: join(folder, 'evidence'),
        leases: leaseBooks(staging),
        records: records.admin,
        recordFolders: { keys: join(records.folder.path, 'keys'), seals: records.seals },
        targetFrom: () => undefined,
        redactor,
        note: (text) => notes.push(text),
        now,
        ...given,
      });
    const running = open.use(await serveConsole({ host: '127.0.0.1', port: 0, origin: undefined }, partsAt));
    return new ConsoleUnderTest(staging, running, { parts: parts!, events, records, folder, notes }, open.move());
  }

  get origin(): string {
    return this.#running.origin;
  }

  /** A token, by its agent; all that the agent may do unless it is narrowed. */
  async token(
    agent: string,
    narrowed: { entitlements?: string[]; workspaces?: string[]; ttlMs?: number } = {},
  ): Promise<string> {
    const { entitlements = null, workspaces = null, ttlMs = 3_600_000 } = narrowed;
    const order = { agent, entitlements, workspaces, ttlMs, by: 'tester', now: new Date() };
    return (await this.#book.issue(order)).token;
  }

  async revoke(token: string): Promise<void> {
    await this.#book.revoke(token.split('_')[1]!, new Date());
  }

  /** Asks as the holder of a token; undefined for nobody. */
  async ask(token: string | undefined, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    return fetch(`${this.origin}${path}`, { redirect: 'manual', ...init, headers });
  }

  async post(token: string | undefined, path: string, body: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return this.ask(token, path, { method: 'POST', body: JSON.stringify(body), headers });
  }

  /** Replaces a policy. */
  policy(name: string, text: string): void {
    writeFileSync(join(this.parts.policies, name), text);
  }

  /** A report of a run, laid where runs lay theirs. */
  run(report: { runId: string }): void {
    writeFileSync(join(this.parts.evidence, `${report.runId}.json`), JSON.stringify(report));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync();
  }
}

/** A login that may read one workspace: of the calls, and of the record. */
export async function workspaceLogin(
  admin: Target,
  profile: string,
  entry: string,
  workspace: string,
): Promise<Target> {
  const user = `ws_${Math.random().toString(36).slice(2, 10)}`;
  const password = crypto.randomUUID();
  await using session = await Session.open(admin);
  await session.query(`create role ${identifier(user)} login password ${literal(password)}`);
  await session.query(`grant ${identifier(profile)} to ${identifier(user)}`);
  await session.query(`insert into ${entry} (login, workspace_id) values ($1, $2)`, [user, workspace]);
  return { ...admin, user, password };
}

function leaseBooks(staging: Staging): LeaseBooks {
  return {
    async list() {
      await using session = await staging.connect();
      return { inForce: await listLeases(session), ended: await endedLeases(session, 20) };
    },
    async revoke(role, by, reason) {
      await using session = await staging.connect();
      return await endLeases(session, [role], { by, reason });
    },
  };
}
