import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, Project } from '../../ops/config/index.ts';
import type { Session, Target } from '../../ops/postgres/index.ts';
import { Connections } from '../../stage/connections.ts';
import { pipeline } from '../../stage/pipeline.ts';
import { RunRecord, type RunSettings, type StepContext, type StepOutcome } from '../../stage/step.ts';
import { Staging, tinyFile, type Clone } from './staging.ts';

/** A staging of the tiny project, bootstrapped once; every scenario gets a copy of its database and of its files. */
export class Sandbox implements AsyncDisposable {
  readonly staging: Staging;

  private constructor(staging: Staging) {
    this.staging = staging;
  }

  static async start(...steps: string[]): Promise<Sandbox> {
    const staging = await Staging.start({ file: tinyFile });
    await staging.run('bootstrap', ...steps);
    return new Sandbox(staging);
  }

  /**
   * A scenario of its own.
   * @param files files to add to the project or to replace; null empties a folder
   */
  async scenario(
    files: Readonly<Record<string, string | null>> = {},
    options: { config?: Partial<Config>; settings?: Partial<RunSettings> } = {},
  ): Promise<Scenario> {
    const clone = await this.staging.clone();
    const folder = await mkdtemp(join(tmpdir(), 'drydock-scenario-'));
    await cp(dirname(tinyFile), folder, { recursive: true });
    const scenario = new Scenario(this.staging, clone, folder, options);
    await scenario.write(files);
    return scenario;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.staging[Symbol.asyncDispose]();
  }
}

/** A database and a project folder that a test may do anything to, and the steps to run on them. */
export class Scenario implements AsyncDisposable {
  readonly context: StepContext;
  readonly folder: string;
  readonly clone: Clone;
  readonly #staging: Staging;

  constructor(
    staging: Staging,
    clone: Clone,
    folder: string,
    { config, settings }: { config?: Partial<Config>; settings?: Partial<RunSettings> },
  ) {
    this.#staging = staging;
    this.clone = clone;
    this.folder = folder;
    const base = staging.context;
    const project: Project = { ...base.project, root: folder, config: { ...base.project.config, ...config } };
    const connections = new Connections(staging.target(clone.name));
    this.context = {
      ...base,
      project,
      settings: { ...base.settings, ...settings },
      record: new RunRecord(),
      connect: ({ database, lease, purpose } = {}) =>
        connections.open('test', { target: lease?.target, database, probe: purpose === 'probe' }),
    };
  }

  /** Runs steps by name. @returns what the last of them came to */
  async run(...names: [string, ...string[]]): Promise<StepOutcome> {
    let outcome: StepOutcome = { summary: 'nothing ran' };
    for (const name of names) outcome = await pipeline.find((step) => step.name === name)!.run(this.context);
    return outcome;
  }

  /** Writes files of the project; null empties a folder. */
  async write(files: Readonly<Record<string, string | null>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      const place = join(this.folder, path);
      if (text === null) await rm(place, { recursive: true });
      await mkdir(text === null ? place : dirname(place), { recursive: true });
      if (text !== null) await writeFile(place, text);
    }
  }

  target(): Target {
    return this.#staging.target(this.clone.name);
  }

  /** Waits until no other session is in the database: a server notices late that its client was killed. */
  async untilAlone(): Promise<void> {
    const others = `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    while ((await this.rows(others)).length > 0) await sleep(5);
  }

  /** A connection of the administrator, to prepare and to look. */
  connect(): Promise<Session> {
    return this.clone.connect();
  }

  /** The rows of a query, as the administrator. */
  async rows<R = Record<string, unknown>>(sql: string): Promise<R[]> {
    await using session = await this.connect();
    return (await session.query<R>(sql)).rows;
  }

  /** Statements of the administrator. */
  async prepare(sql: string): Promise<void> {
    await using session = await this.connect();
    await session.script(sql);
  }

  /** What a step attached as evidence, newest first. */
  evidence(name: string): string {
    const found = this.context.record.evidence.findLast((item) => item.name === name);
    if (!found) throw new Error(`no evidence ${name}`);
    return found.content;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clone[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}
