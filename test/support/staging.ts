import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { loadProject, type Project } from '../../ops/config/index.ts';
import { identifier, Session, type Target } from '../../ops/postgres/index.ts';
import { contextOn } from '../../stage/context.ts';
import { pipeline } from '../../stage/pipeline.ts';
import { embeddedProvider, type Instance } from '../../stage/providers/index.ts';
import type { RunSettings, StepContext } from '../../stage/step.ts';
import { host, testHome } from './home.ts';

export const exampleFile = join(import.meta.dirname, '../../ops/drydock.yaml');
export const tinyFile = join(import.meta.dirname, '../fixtures/tiny/drydock.yaml');

/** A real staging that stays up for a test file: an instance, and the steps of the pipeline to run on it. */
export class Staging implements AsyncDisposable {
  readonly instance: Instance;
  readonly project: Project;
  readonly context: StepContext;

  private constructor(instance: Instance, project: Project, settings: Partial<RunSettings>) {
    this.instance = instance;
    this.project = project;
    this.context = contextOn(instance, project, {
      runId: 'test-run',
      settings: { ingest: 'dry-run', actor: 'tester', version: '0.0.0', ...settings },
    });
  }

  static async start(
    options: {
      file?: string;
      home?: string;
      settings?: Partial<RunSettings>;
      /** Settings of the server itself. */
      server?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Staging> {
    const project = await loadProject(options.file ?? exampleFile);
    const runId = `test-${randomBytes(6).toString('hex')}`;
    const { home = testHome, server = {} } = options;
    const { admin } = project.config;
    const instance = await embeddedProvider(host).start({ runId, home, admin, settings: server });
    return new Staging(instance, project, options.settings ?? {});
  }

  /** Runs steps by name; each must succeed. */
  async run(...names: string[]): Promise<this> {
    for (const name of names) await pipeline.find((step) => step.name === name)!.run(this.context);
    return this;
  }

  /** Up to the point where checks and probes make sense. */
  async rehearse(): Promise<this> {
    return this.run('bootstrap', 'lend', 'apply', 'backfill', 'hydrate');
  }

  /** A connection of the administrator. */
  async connect(database?: string): Promise<Session> {
    return Session.open(this.target(database));
  }

  target(database = this.project.config.database): Target {
    const { host: address, port, admin, adminPassword } = this.instance;
    return { host: address, port, user: admin, password: adminPassword, database };
  }

  /** A copy of the staging database, to be broken. The source must have no other session. */
  async clone(): Promise<Clone> {
    const name = `clone_${randomBytes(4).toString('hex')}`;
    await using session = await this.connect('postgres');
    await session.query(
      `create database ${identifier(name)} template ${identifier(this.project.config.database)} strategy file_copy`,
    );
    await session.query(`revoke all on database ${identifier(name)} from public`);
    return new Clone(this, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.instance.stop();
  }
}

/** A copy of a staging database with a session of the administrator in it. */
export class Clone implements AsyncDisposable {
  readonly name: string;
  readonly #staging: Staging;

  constructor(staging: Staging, name: string) {
    this.#staging = staging;
    this.name = name;
  }

  connect(): Promise<Session> {
    return this.#staging.connect(this.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using session = await this.#staging.connect('postgres');
    await session.query(`drop database ${identifier(this.name)} with (force)`);
  }
}
