import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../ops/postgres/index.ts';
import { TokenBook } from '../../stage/console/index.ts';
import { aRun } from '../../test/support/a-run.ts';
import { eventDatabase, startServer } from '../../test/support/events.ts';
import { testHome } from '../../test/support/home.ts';
import { TestProject } from '../../test/support/project.ts';
import { loadTable } from './event-digests.ts';
import { alone, ms, timed, type BenchRow } from './measure.ts';

const events = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
const asked = 100;
const clients = 200;
const seconds = Number(process.env['BENCH_SECONDS'] ?? 30);
const dayMs = 86_400_000;
const dashboards = ['/v1/finops/dashboard', '/v1/privacy/dashboard', '/cost', '/privacy'];
const paths = [...dashboards, '/runs', '/api/runs'];

/** Dashboards over many events, and many clients at once, on loopback; `drydock console` is a process of its own. */
export async function benchConsole(): Promise<BenchRow[]> {
  await using server = await startServer();
  const database = await eventDatabase(server);
  await loadTable(database, new Date(Math.floor(Date.now() / dayMs) * dayMs - dayMs), events);
  await using project = await TestProject.copy(testHome);
  layRuns(project);
  await using site = await startConsole(project, database.admin);
  const rows = [];
  for (const hours of [24, 48]) {
    for (const path of dashboards) rows.push(await dashboard(site, `${path}?window_hours=${hours}`));
  }
  return [...rows, ...(await crowd(site))];
}

interface Site extends AsyncDisposable {
  token(): Promise<string>;
  ask(token: string, path: string): Promise<Response>;
  /** Of the console's process, in MB; undefined where there is no /proc. */
  memory(): number | undefined;
}

function layRuns(project: TestProject): void {
  const evidence = join(project.folder, 'audit-log/trail/evidence');
  mkdirSync(evidence, { recursive: true });
  for (let day = 10; day < 30; day += 1) {
    const report = aRun(`run-${day}`, 'go', `2025-09-${day}T15:37:06.000Z`);
    writeFileSync(join(evidence, `run-${day}.json`), JSON.stringify(report));
  }
}

async function startConsole(project: TestProject, { user, password, host, port, database }: Target): Promise<Site> {
  const env = {
    AUDIT_BACKEND: 'postgres',
    DATABASE_URL: `postgresql://${user}:${password}@${host}:${port}/${database}`,
    PGSSLMODE: 'disable',
  };
  const running = project.with(env).start('console', '--port', 'any', '--json', '--config', 'drydock.yaml');
  const [said] = (await Promise.race([
    new Promise((resolve) => running.stdout.once('data', (text) => resolve([String(text)]))),
    running.then(({ stderr }) => Promise.reject(new Error(`the console ended: ${String(stderr)}`))),
  ])) as [string];
  const { origin } = JSON.parse(said) as { origin: string };
  const book = new TokenBook(join(project.folder, '.drydock/console/tokens.json'));
  const order = { agent: 'sofiia', entitlements: null, workspaces: null, ttlMs: 3_600_000, by: 'bench' };
  return {
    token: async () => (await book.issue({ ...order, now: new Date() })).token,
    ask: (token, path) => fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${token}` } }),
    memory: () => memoryOf(running.pid!),
    async [Symbol.asyncDispose]() {
      running.kill('SIGINT');
      await running;
    },
  };
}

function memoryOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1_024);
}

async function dashboard(site: Site, path: string): Promise<BenchRow> {
  const [times, token]: [number[], string] = [[], await site.token()];
  for (let round = 0; round <= asked; round += 1) {
    const took = await timed(async () => {
      const answer = await site.ask(token, path);
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
    });
    if (round > 0) times.push(took); // the first one warms up
    await sleep(10); // no more than its token may ask
  }
  const what = `GET ${path}, ${events.toLocaleString('en')} events: median and p95 of ${times.length}`;
  return { what, ...alone, ours: `${ms(quantile(times, 0.5))}, ${ms(quantile(times, 0.95))}`, bar: 'p95 300 ms' };
}

/** Many clients for a while, and the memory of the console at every fifth of it. */
async function crowd(site: Site): Promise<BenchRow[]> {
  const tokens = await Promise.all(Array.from({ length: clients }, () => site.token()));
  const until = performance.now() + seconds * 1_000;
  const [times, failures, memory]: [number[], unknown[], (number | undefined)[]] = [[], [], [site.memory()]];
  const client = async (token: string, number: number) => {
    for (let turn = number; performance.now() < until; turn += 1) {
      const took = await timed(async () => {
        const answer = await site.ask(token, paths[turn % paths.length]!).catch((error: unknown) => error as Error);
        if (answer instanceof Error || answer.status !== 200) failures.push(answer);
        else await answer.arrayBuffer();
      });
      times.push(took);
    }
  };
  const watch = async () => {
    for (let fifth = 1; fifth <= 5; fifth += 1) {
      await sleep((seconds / 5) * 1_000);
      memory.push(site.memory());
    }
  };
  await Promise.all([watch(), ...tokens.map(client)]);
  return [
    {
      what: `${clients} clients for ${seconds} s: ${times.length} answers, ${failures.length} failed; median and p95`,
      ...alone,
      ours: `${ms(quantile(times, 0.5))}, ${ms(quantile(times, 0.95))}`,
      bar: '0 failed',
    },
    {
      what: `memory of the console's process before, and after each fifth of that`,
      ...alone,
      ours: memory.map((mb) => (mb === undefined ? 'unknown' : `${mb} MB`)).join(', '),
      bar: 'stable',
    },
  ];
}

function quantile(values: readonly number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * part)]!;
}
