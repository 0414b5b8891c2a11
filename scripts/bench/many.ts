import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { loadProject } from '../../ops/config/index.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import { loadChecks, runCheck } from '../../stage/checks.ts';
import { contextOn } from '../../stage/context.ts';
import { pipeline } from '../../stage/pipeline.ts';
import { embeddedProvider } from '../../stage/providers/index.ts';
import type { Report } from '../../stage/report.ts';
import { makeManyTables } from './many-tables.ts';
import { alone, median, ms, sideBySide, timed, type BenchRow } from './measure.ts';
import { benchFolder, host } from './place.ts';

const cli = join(import.meta.dirname, '../drydock.ts');
const sizes = [500, 1000, 2000];
const rounds = 5;

/** A run on many tables: what one costs as they grow in number, and the check phase against a connection per check. */
export async function benchMany(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const home = join(folder.path, 'home');
  const rows: BenchRow[] = [];
  for (const tables of sizes) rows.push(await benchSize(folder.path, home, tables));
  return [...rows, await benchChecks(folder.path, home)];
}

async function projectOf(folder: string, tables: number): Promise<string> {
  const path = join(folder, `tables-${tables}`);
  await mkdir(path, { recursive: true });
  return makeManyTables(path, { domains: 20, tables });
}

async function benchSize(folder: string, home: string, tables: number): Promise<BenchRow> {
  const file = await projectOf(folder, tables);
  const figures: { durationMs: number; peakKb: number }[] = [];
  for (let round = 0; round < rounds; round += 1) figures.push(await runOnce(file, home));
  const duration = median(figures.map(({ durationMs }) => durationMs));
  const memory = median(figures.map(({ peakKb }) => peakKb)) / 1024;
  return {
    what: `run on ${tables.toLocaleString('en')} tables in 20 domains`,
    ours: `${ms(duration)}, ${(duration / tables).toFixed(1)} ms a table, ${Math.round(memory)} MB at its peak`,
    ...alone,
    bar: 'linear',
  };
}

/** Peak memory is what the system counted for the process of the command line. */
async function runOnce(file: string, home: string): Promise<{ durationMs: number; peakKb: number }> {
  const meter = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`;
  const preload = `data:text/javascript,${encodeURIComponent(meter)}`;
  const { stdout, stderr } = await execa(
    process.execPath,
    ['--import', preload, cli, 'run', '--dry-run', '--quiet', '--json', '--config', file],
    { env: { DRYDOCK_HOME: home } },
  );
  const { durationMs } = JSON.parse(stdout) as Report;
  return { durationMs, peakKb: Number(/peak (\d+)/.exec(stderr)![1]) };
}

/** The same checks, in one transaction on one connection, and each on a connection of its own. */
async function benchChecks(folder: string, home: string): Promise<BenchRow> {
  const project = await loadProject(await projectOf(folder, 100));
  const { admin, database } = project.config;
  await using instance = await embeddedProvider(host).start({ runId: 'bench-checks', home, admin });
  const settings = { ingest: 'dry-run', actor: 'bench', version: '0' } as const;
  const context = contextOn(instance, project, { runId: 'bench-checks', settings });
  for (const name of ['bootstrap', 'apply']) await pipeline.find((step) => step.name === name)!.run(context);
  const checks = await loadChecks(project);
  const target: Target = {
    host: instance.host,
    port: instance.port,
    user: admin,
    password: instance.adminPassword,
    database,
  };
  const checkAll = (session: Session, chosen: typeof checks) =>
    session.rolledBack(async () => {
      for (const check of chosen) await runCheck(session, check);
    });
  const together = () =>
    timed(async () => {
      await using session = await Session.open(target);
      await checkAll(session, checks);
    });
  const apart = () =>
    timed(async () => {
      for (const check of checks) {
        await using session = await Session.open(target);
        await checkAll(session, [check]);
      }
    });
  const result = await sideBySide(rounds, together, apart);
  return {
    what: `${checks.length} checks on 100 tables, one connection`,
    ours: ms(result.ours),
    other: `${ms(result.other)}, a connection each`,
    ratio: result.ratio.toFixed(2),
    bar: '0.20',
  };
}
