import { Session } from '../../../ops/postgres/index.ts';
import { makeClone, takeTemplate, type Clone, type Template } from '../../../stage/clones/index.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

export const database = 'tiny_stage';

/** A staging of the tiny project, and what the commands about clones work with. */
export class ClonedStaging implements AsyncDisposable {
  readonly staging: Staging;
  /** The administrator's session on the database `postgres`. */
  readonly server: Session;

  private constructor(staging: Staging, server: Session) {
    this.staging = staging;
    this.server = server;
  }

  static async start(...steps: string[]): Promise<ClonedStaging> {
    const staging = await (await Staging.start({ file: tinyFile })).run('bootstrap', ...steps);
    return new ClonedStaging(staging, await staging.connect('postgres'));
  }

  template(options: { endSessions?: boolean } = {}): Promise<Template> {
    return takeTemplate(this.server, { database, after: 'apply', now: new Date(), ...options });
  }

  clone(name: string, options: { ttlMs?: number; now?: Date } = {}): Promise<Clone> {
    return makeClone(this.server, { database, name, by: 'tester', now: new Date(), ...options });
  }

  /** Runs statements in a database and leaves it. */
  async script(text: string, inside = database): Promise<void> {
    await using session = await this.staging.connect(inside);
    await session.script(text);
  }

  /** Whom a database belongs to, and what is said of it. */
  async about(name: string): Promise<{ owner: string; comment: string | null }> {
    return this.server.row(
      `select pg_get_userbyid(datdba) as owner, shobj_description(oid, 'pg_database') as comment
       from pg_database where datname = $1`,
      [name],
    );
  }

  /** Whether a session waits for the lock of the templates. Asked over a session of its own: ours may be the one. */
  async isAnybodyWaiting(): Promise<boolean> {
    await using session = await this.staging.connect('postgres');
    const { waiting } = await session.row<{ waiting: boolean }>(
      `select exists (select from pg_locks where locktype = 'advisory' and not granted) as waiting`,
    );
    return waiting;
  }

  async databases(): Promise<string[]> {
    const { rows } = await this.server.query<{ datname: string }>(
      `select datname from pg_database where starts_with(datname, 'tiny') order by 1`,
    );
    return rows.map(({ datname }) => datname);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.staging[Symbol.asyncDispose]();
  }
}
