import { Session } from '../../../../ops/postgres/index.ts';
import {
  adminTarget,
  remoteLeftovers,
  remoteProvider,
  type Instance,
  type RemoteOptions,
  type StartOrder,
} from '../../../../stage/providers/index.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { belongings } from './belongings.ts';
import { TlsServer } from './tls-server.ts';

/** Somebody's server, which runs of one machine rehearse on. */
export class RemoteServer implements AsyncDisposable {
  readonly tls: TlsServer;
  readonly #folder: TemporaryFolder;
  #runs = 0;

  private constructor(tls: TlsServer, folder: TemporaryFolder) {
    this.tls = tls;
    this.#folder = folder;
  }

  static async start(name: string): Promise<RemoteServer> {
    return new RemoteServer(await TlsServer.start(name), await temporaryFolder());
  }

  /** Of the machine that the runs are on. */
  get home(): string {
    return this.#folder.path;
  }

  /** A run, with a name of its own. */
  start(order: Partial<StartOrder> = {}, options: Partial<RemoteOptions> = {}): Promise<Instance> {
    const provider = remoteProvider({ ...belongings, url: this.tls.url(), allowExisting: [], ...options });
    return provider.start({ runId: `remote-${(this.#runs += 1)}`, admin: '', home: this.home, ...order });
  }

  /** What the machine remembers of its runs. */
  leftovers(): ReturnType<typeof remoteLeftovers> {
    return remoteLeftovers(this.home);
  }

  /** A session of whoever owns the server. */
  connect(database = 'postgres'): Promise<Session> {
    return Session.open(adminTarget(this.tls.instance, database));
  }

  /** The server as an outsider finds it: databases with their rights, roles. */
  async state(): Promise<unknown> {
    await using session = await this.connect();
    const databases = await session.query(
      `select datname, (select array_agg(acl::text order by acl::text)
         from unnest(coalesce(datacl, acldefault('d', datdba))) as acl) as rights
       from pg_database order by datname`,
    );
    const roles = await session.query('select rolname, rolcanlogin from pg_roles order by rolname');
    return { databases: databases.rows, roles: roles.rows };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tls[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
