import {
  Dashboards,
  RollUps,
  WorkspaceDashboards,
  type CostDigest,
  type PrivacyDigest,
  type SeriesPoint,
} from '../../audit-log/digests/index.ts';
import { recordSession } from '../../audit-log/records/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import { loadRbac, type Rbac } from '../../ops/policies/index.ts';
import { KeptSession, Session, type Target } from '../../ops/postgres/index.ts';
import { requireWorkspace, seesAll, type Caller } from './identity.ts';
import type { ConsoleParts } from './parts.ts';
import { ProofKeeper } from './proof.ts';
import { RunShelf } from './run-shelf.ts';
import { BrowserSessions } from './sessions.ts';
import { sharing } from './sharing.ts';
import { TokenBook } from './tokens.ts';

interface DashboardSource {
  cost(windowHours: number): Promise<CostDigest>;
  privacy(windowHours: number): Promise<PrivacyDigest>;
  series(windowHours: number): Promise<SeriesPoint[]>;
}

/** Where the console's answers come from. Whoever may see one workspace only is answered by a login that sees no other. */
export class Desk implements AsyncDisposable {
  readonly parts: ConsoleParts;
  readonly tokens: TokenBook;
  readonly browsers = new BrowserSessions();
  readonly runs: RunShelf;
  readonly proof: ProofKeeper;
  readonly leases: () => ReturnType<ConsoleParts['leases']['list']>;
  readonly #open = new AsyncDisposableStack();
  readonly #whole: Dashboards;
  /** By what is read and whose login reads it. */
  readonly #sessions = new Map<string, KeptSession>();
  /** By their database. */
  readonly #rollUps = new Map<string, RollUps>();

  constructor(parts: ConsoleParts) {
    this.parts = parts;
    this.tokens = new TokenBook(parts.tokens);
    this.runs = new RunShelf(parts.evidence);
    this.proof = new ProofKeeper({
      folders: parts.recordFolders,
      open: () => recordSession(this.#wholeTarget(), 'drydock console'),
      now: parts.now,
    });
    this.leases = sharing(() => parts.leases.list());
    const { target } = parts.digests;
    this.#whole = this.#open.use(
      new Dashboards({ ...parts.digests, ...(target && { rollUps: this.#rollUpsOf(target) }) }),
    );
  }

  /** Read at every request: what is taken from an agent is taken at once. */
  rbac(): Promise<Rbac> {
    return loadRbac(this.parts.policies);
  }

  /**
   * @param workspace undefined for every workspace, or the only one that the caller has
   * @throws CONSOLE_WORKSPACE
   */
  async dashboards(caller: Caller, workspace: string | undefined): Promise<DashboardSource> {
    const wanted = this.#wanted(caller, workspace);
    if (wanted === '*') return this.#whole;
    const { target, login } = await this.#loginFor(caller, wanted, this.parts.digests.target);
    const { policies, now } = this.parts;
    const open = () => Session.open(target, { applicationName: 'drydock console' });
    return new WorkspaceDashboards({
      workspace: wanted,
      session: () => this.#kept(`events ${login}`, open),
      rollUps: this.#rollUpsOf(target),
      policies,
      now,
    });
  }

  /** The record as the caller may read it. @throws CONSOLE_WORKSPACE, CONSOLE_RECORDS */
  async record(caller: Caller, workspace: string): Promise<Session> {
    requireWorkspace(caller, workspace);
    if (seesAll(caller)) return this.wholeRecord();
    const { target, login } = await this.#loginFor(caller, workspace, this.parts.records);
    return this.#kept(`record ${login}`, () => recordSession(target, 'drydock console'));
  }

  /** The record, for what is not a question of one workspace. @throws CONSOLE_RECORDS */
  async wholeRecord(): Promise<Session> {
    const target = this.#wholeTarget();
    return this.#kept('record *', () => recordSession(target, 'drydock console'));
  }

  /** @throws CONSOLE_WORKSPACE when the caller may not see all of it, CONSOLE_RECORDS */
  startProof(caller: Caller): void {
    requireWorkspace(caller, '*');
    this.#wholeTarget();
    this.proof.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync();
  }

  #wholeTarget(): Target {
    const { records } = this.parts;
    if (records) return records;
    throw new DrydockError('CONSOLE_RECORDS', 'This console has no audit record.', {
      hint: 'Start it with DATABASE_URL, or name the variable of the record’s database with --records-from.',
    });
  }

  /** Whoever reads them, and by whatever login. */
  #rollUpsOf({ host, port, database }: Target): RollUps {
    const key = `${host} ${port} ${database}`;
    const known = this.#rollUps.get(key) ?? new RollUps(this.parts.now);
    this.#rollUps.set(key, known);
    return known;
  }

  async #kept(key: string, open: () => Promise<Session>): Promise<Session> {
    const kept = this.#sessions.get(key) ?? this.#open.use(new KeptSession(open));
    this.#sessions.set(key, kept);
    return kept.session();
  }

  #wanted(caller: Caller, workspace: string | undefined): string {
    if (workspace !== undefined) {
      requireWorkspace(caller, workspace);
      return workspace;
    }
    if (seesAll(caller)) return '*';
    if (caller.workspaces.length === 1) return caller.workspaces[0]!;
    throw new DrydockError('CONSOLE_WORKSPACE', `${caller.agent} is to say which workspace it asks about.`, {
      hint: 'Send X-Workspace-Id, or ?workspace=.',
    });
  }

  /** The workspace's own login; who may see all of them needs none. */
  async #loginFor(
    caller: Caller,
    workspace: string,
    whole: Target | undefined,
  ): Promise<{ target: Target; login: string }> {
    const variable = (await this.rbac()).databaseFrom(workspace);
    const target = variable === undefined ? undefined : this.parts.targetFrom(variable);
    if (target) return { target, login: variable! };
    if (seesAll(caller) && whole) return { target: whole, login: '*' };
    throw new DrydockError('CONSOLE_WORKSPACE', 'This console has no login of its own for that workspace.', {
      hint: 'Name the variable with its URL in ops/policies/rbac.yml, under workspaces, as databaseFrom.',
    });
  }
}
