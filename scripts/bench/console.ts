import { setTimeout as sleep } from 'node:timers/promises';
import { ConsoleUnderTest } from '../../test/support/console.ts';
import { Staging } from '../../test/support/staging.ts';
import { aRun } from '../../test/support/a-run.ts';
import { loadTable } from './event-digests.ts';
import { alone, ms, timed, type BenchRow } from './measure.ts';

const events = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
const asked = 200;
const clients = 200;
const seconds = Number(process.env['BENCH_SECONDS'] ?? 30);
const dayMs = 86_400_000;
const paths = ['/v1/finops/dashboard', '/v1/privacy/dashboard', '/cost', '/runs', '/api/runs', '/privacy'];

/** Dashboards over many events, and many clients at once, on loopback; clients and console share this process. */
export async function benchConsole(): Promise<BenchRow[]> {
  await using staging = await Staging.start();
  await staging.run('bootstrap');
  await using site = await ConsoleUnderTest.start(staging);
  await loadTable(site.events, new Date(Math.floor(Date.now() / dayMs) * dayMs - dayMs), events);
  for (let day = 10; day < 30; day += 1) site.run(aRun(`run-${day}`, 'go', `2025-09-${day}T15:37:06.000Z`));
  const rows = [];
  for (const path of paths.slice(0, 3)) rows.push(await dashboard(site, `${path}?window_hours=48`));
  return [...rows, await crowd(site)];
}

async function dashboard(site: ConsoleUnderTest, path: string): Promise<BenchRow> {
  const times: number[] = [];
  for (let round = 0; round < asked; round += 1) {
    const token = await site.token('sofiia');
    const took = await timed(async () => (await site.ask(token, path)).text());
    if (round > 0) times.push(took); // the first one warms up
  }
  const what = `GET ${path}, ${events.toLocaleString('en')} events: p95 of ${times.length}`;
  return { what, ...alone, ours: ms(p95(times)), bar: '300 ms' };
}

async function crowd(site: ConsoleUnderTest): Promise<BenchRow> {
  const until = performance.now() + seconds * 1_000;
  const [times, failures]: [number[], unknown[]] = [[], []];
  const rss: number[] = [];
  const measuring = (async () => {
    while (performance.now() < until) {
      rss.push(process.memoryUsage.rss());
      await sleep(1_000);
    }
  })();
  const client = async (_: unknown, number: number) => {
    for (let turn = number; performance.now() < until; turn += 1) {
      const token = tokens[number]!;
      const took = await timed(async () => {
        const answer = await site.ask(token, paths[turn % paths.length]!).catch((error: unknown) => error as Error);
        if (answer instanceof Error || answer.status !== 200) failures.push(answer);
        else await answer.arrayBuffer();
      });
      times.push(took);
    }
  };
  const names = Array.from({ length: clients }, (_, number) => number);
  const tokens = await Promise.all(names.map(() => site.token('sofiia')));
  await Promise.all([measuring, ...names.map(client)]);
  const third = Math.floor(rss.length / 3);
  const mb = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB`;
  return {
    what: `${clients} clients for ${seconds} s: ${times.length} answers, ${failures.length} failed; memory after a third and at the end`,
    ...alone,
    ours: `p95 ${ms(p95(times))}, ${mb(rss[third]!)} → ${mb(rss.at(-1)!)}`,
    bar: '0 failed',
  };
}

function p95(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)]!;
}
