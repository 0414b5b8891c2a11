import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../ops/evidence.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import type { Promotion } from '../../stage/promotion/index.ts';
import { adminTarget, embeddedProvider, type Instance } from '../../stage/providers/index.ts';
import { host, testHome } from './home.ts';
import type { Outcome, TestProject } from './project.ts';
import { teamProject } from './team.ts';

const database = 'live';

/** A server that is nobody's staging, with an empty database on it: what a change is promoted to. */
export class Production implements AsyncDisposable {
  readonly instance: Instance;

  private constructor(instance: Instance) {
    this.instance = instance;
  }

  /** @param binaries another Postgres than ours */
  static async start(name: string, binaries?: { folder: string; version: string }): Promise<Production> {
    const provider = embeddedProvider(host, binaries && { binaries });
    const instance = await provider.start({
      runId: `production-${name}-${randomUUID()}`,
      home: testHome,
      admin: 'owner_of_live',
    });
    const production = new Production(instance);
    await production.renew();
    return production;
  }

  /** An empty database. Roles of earlier ones stay: they are the server's. */
  async renew(name = database): Promise<void> {
    await using session = await Session.open(adminTarget(this.instance, 'postgres'));
    await session.query(`drop database if exists ${name} with (force)`);
    await session.query(`create database ${name}`);
  }

  get target(): Target {
    return adminTarget(this.instance, database);
  }

  get url(): string {
    return this.urlOf(database);
  }

  urlOf(name: string): string {
    const { user, password, host: address, port } = this.target;
    return `postgres://${user}:${encodeURIComponent(password)}@${address}:${port}/${name}?sslmode=disable`;
  }

  connect(): Promise<Session> {
    return Session.open(this.target);
  }

  /** One value of one query. */
  async ask<T>(query: string, name = database): Promise<T> {
    await using session = await Session.open(adminTarget(this.instance, name));
    const { rows } = await session.query<{ value: T }>(`select (${query}) as value`);
    return rows[0]!.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.instance.stop();
  }
}

/** Settings of a project that promotes to `live`, quickly, with a backup that others made. */
export async function promotingProject(settings = ''): Promise<TestProject> {
  const dump = 'a dump that others made';
  const project = await teamProject(
    testHome,
    `promotion:
  targets: { live: { urlFrom: LIVE_URL } }
  backup: { external: others.dump, sha256: ${sha256(dump)} }
  pause: 50ms
${settings}`,
    async (folder) => writeFile(join(folder, 'others.dump'), dump),
  );
  return project;
}

export function promoteTo(project: TestProject, production: { url: string }, ...flags: string[]): Promise<Outcome> {
  return project
    .with({ LIVE_URL: production.url })
    .drydock('promote', '--to', 'live', '--confirm', 'PROMOTE', ...flags);
}

/** The report of a promotion, however it ended. */
export async function promotionTo(
  project: TestProject,
  production: { url: string },
  ...flags: string[]
): Promise<Promotion> {
  return JSON.parse((await promoteTo(project, production, '--json', ...flags)).stdout) as Promotion;
}
