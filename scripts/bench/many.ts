import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Report } from '../../stage/report.ts';
import { makeManyTables } from './many-tables.ts';
import { alone, median, ms, type BenchRow } from './measure.ts';
import { benchFolder } from './place.ts';

const cli = join(import.meta.dirname, '../drydock.js');
const sizes = [250, 500, 1000, 2000];
const rounds = 3;

/** A run on many tables: what one costs as they grow in number. */
export async function benchMany(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const home = join(folder.path, 'home');
  const rows: BenchRow[] = [];
  for (const tables of sizes) rows.push(await benchSize(folder.path, home, tables));
  return rows;
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
