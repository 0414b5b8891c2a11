import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { execa, type ResultPromise } from 'execa';
import type { ToolEvent } from '../../audit-log/events/index.ts';
import { Session } from '../../ops/postgres/index.ts';
import { keptInstances } from '../../stage/keeper/index.ts';
import { temporaryFolder } from './home.ts';
import { TestProject } from './project.ts';

const cli = join(import.meta.dirname, '../../scripts/drydock.js');

/** What a tool answered. */
export interface Answer {
  readonly isError: boolean;
  /** The document, as a program gets it. */
  readonly value: any;
  /** The same as a model gets it. */
  readonly text: string;
  /** The code of a refusal. */
  readonly code: string | undefined;
}

/** The SDK's own client over a real child process. */
export class Agent implements AsyncDisposable {
  readonly client: Client;
  readonly transport: StdioClientTransport;
  #stderr = '';

  /** @param started how the server is started, where that is not for us to say */
  constructor(
    project: TestProject,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    started: { command: string; args: string[]; cwd?: string } = { command: process.execPath, args: commandLine(args) },
  ) {
    this.client = new Client({ name: 'test', version: '1.0.0' });
    this.transport = new StdioClientTransport({
      cwd: project.folder,
      ...started,
      env: environment(project, env),
      stderr: 'pipe',
    });
    this.transport.stderr!.on('data', (piece: Buffer) => (this.#stderr += piece));
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The role of its lease. */
  get role(): string {
    return /^(\S+) is lent to/m.exec(this.#stderr)![1]!;
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<Answer> {
    const result = await this.client.callTool({ name, arguments: args });
    const [{ text }] = result.content as [{ text: string }];
    const value = result.structuredContent as { error?: { code: string } };
    return { isError: result.isError === true, value, text, code: value.error?.code };
  }

  /** The rows of a statement that is not refused. */
  async rows(sql: string): Promise<unknown[][]> {
    const { value, isError, text } = await this.call('query', { sql });
    if (isError) throw new Error(text);
    return value.rows as unknown[][];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

/** A staging that is up under a keeper, as `drydock up` leaves it, and agents that connect to it. */
export class AgentStaging implements AsyncDisposable {
  readonly project: TestProject;
  readonly admin: Session;
  readonly #folder: AsyncDisposable;

  private constructor(project: TestProject, admin: Session, folder: AsyncDisposable) {
    this.project = project;
    this.admin = admin;
    this.#folder = folder;
  }

  static async up(): Promise<AgentStaging> {
    const folder = await temporaryFolder();
    const project = await TestProject.copy(folder.path);
    for (const args of [['up', '--port', 'any', '--ttl', '1h'], ['apply'], ['backfill']]) {
      const { code, stderr } = await project.drydock(...args);
      if (code !== 0) throw new Error(stderr);
    }
    const [kept] = await keptInstances(folder.path);
    const { host, port, admin: user, adminPassword: password } = kept!.address;
    const admin = await Session.open({ host, port, user, password, database: 'tiny_stage' });
    return new AgentStaging(project, admin, folder);
  }

  /** An agent that is connected. */
  async agent(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Agent> {
    const agent = new Agent(this.project, args, env);
    await agent.client.connect(agent.transport);
    return agent;
  }

  /** The server alone, for those who speak JSON-RPC by hand. */
  raw(...args: string[]): ResultPromise<{ reject: false; buffer: true }> {
    return execa(process.execPath, commandLine(args), {
      cwd: this.project.folder,
      env: environment(this.project),
      reject: false,
      buffer: true,
    });
  }

  /** Everything that stands in the files of tool events. */
  async eventText(): Promise<string> {
    const folder = join(this.project.folder, '.drydock/audit');
    const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
    return (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).join('');
  }

  /** The tool events of one lease, in order. */
  async events(role: string): Promise<ToolEvent[]> {
    const lines = (await this.eventText()).split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as ToolEvent).filter(({ job_id }) => job_id === role);
  }

  async rows<R = Record<string, any>>(sql: string, values: unknown[] = []): Promise<R[]> {
    return (await this.admin.query<R>(sql, values)).rows;
  }

  /** What is left of a lease in the server: its role, its sessions. */
  async leftOf(role: string): Promise<number> {
    const { left } = await this.admin.row<{ left: number }>(
      `select (select count(*) from pg_roles where rolname = $1)
          + (select count(*) from pg_stat_activity where usename = $1)
          + (select count(*) from drydock.lease where role_name = $1) as left`,
      [role],
    );
    return left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.admin.close().catch(() => {}); // its server may have been taken down by the test
    await this.project.drydock('down');
    await this.project[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

function commandLine(args: readonly string[]): string[] {
  return [cli, 'mcp', '--config', 'drydock.yaml', ...args];
}

function environment(project: TestProject, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH']!, DRYDOCK_HOME: project.home, DRYDOCK_ACTOR: 'tester', NO_COLOR: '1', ...more };
}
