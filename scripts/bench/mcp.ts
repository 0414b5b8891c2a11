import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Session } from '../../ops/postgres/index.ts';
import { Staging, tinyFile } from '../../test/support/staging.ts';
import { lend } from '../../test/support/leases.ts';
import { alone, median, ms, timed, type BenchRow } from './measure.ts';
import { benchFolder } from './place.ts';

const starts = 7;
const calls = 1500;
/** Uncounted, while both sides compile what they use. */
const warmUp = 300;
const barMs = 1;
const cli = join(import.meta.dirname, '../drydock.js');
const statements: [name: string, sql: string][] = [
  ['select 1', 'select 1'],
  [
    '100 rows of 5 columns',
    "select n, n::text, n * 1.5, n % 2 = 0, 'a text of some words' from generate_series(1, 100) as n",
  ],
];

/** What an agent's tool call costs, beyond the same statement over a bare connection of the same lease. */
export async function benchMcp(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  await using staging = await Staging.start({ file: tinyFile, home: join(folder.path, 'home') });
  await staging.run('bootstrap', 'apply');
  const project = join(folder.path, 'project');
  await mkdir(project);
  await cp(dirname(tinyFile), project, { recursive: true });
  const times: number[] = [];
  for (let start = 0; start <= starts; start += 1) {
    const agent = new Agent(staging, project);
    const took = await timed(async () => {
      await agent.connect();
      await agent.query('select 1');
    });
    if (start > 0) times.push(took); // the first one fills the compile cache
    await agent.close();
  }
  const agent = new Agent(staging, project);
  await agent.connect();
  const rows: BenchRow[] = [];
  for (const [name, sql] of statements) rows.push(await overhead(staging, agent, name, sql));
  await agent.close();
  return [
    {
      what: 'mcp: start of the process to the first answered query, lease minted',
      ours: ms(median(times)),
      ...alone,
      bar: '',
    },
    ...rows,
  ];
}

/** Turn by turn, one at a time, as an agent asks. */
async function overhead(staging: Staging, agent: Agent, name: string, sql: string): Promise<BenchRow> {
  await using admin = await staging.connect();
  const lease = await lend(staging, admin);
  await using bare = await Session.open(lease.target, { startup: '-c statement_timeout=30000' });
  const ours: number[] = [];
  const others: number[] = [];
  for (let call = 0; call < warmUp + calls; call += 1) {
    const pair = [await timed(() => agent.query(sql)), await timed(() => bare.query(sql))] as const;
    if (call < warmUp) continue;
    ours.push(pair[0]);
    others.push(pair[1]);
  }
  const extra = median(ours) - median(others);
  return {
    what: `mcp: one \`query\` (${name}), p50 of ${calls}; the difference is ${extra.toFixed(2)} ms`,
    ours: `${median(ours).toFixed(2)} ms`,
    other: `bare pg: ${median(others).toFixed(2)} ms`,
    ratio: (median(ours) / median(others)).toFixed(1),
    bar: `difference under ${barMs} ms`,
  };
}

class Agent {
  readonly #client = new Client({ name: 'bench', version: '1.0.0' });
  readonly #transport: StdioClientTransport;

  constructor(staging: Staging, project: string) {
    const { host, port, user, password, database } = staging.target();
    this.#transport = new StdioClientTransport({
      command: process.execPath,
      args: [cli, 'mcp', '--config', 'drydock.yaml'],
      cwd: project,
      env: {
        ...{ PATH: process.env['PATH']!, DRYDOCK_HOME: join(project, '../home'), DRYDOCK_ACTOR: 'bench' },
        ...{ PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database },
      },
      stderr: 'ignore',
    });
  }

  connect(): Promise<void> {
    return this.#client.connect(this.#transport);
  }

  async query(sql: string): Promise<void> {
    const { isError, content } = await this.#client.callTool({ name: 'query', arguments: { sql } });
    if (isError) throw new Error(JSON.stringify(content));
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
