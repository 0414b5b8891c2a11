import { cp, readFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { loadProject } from '../../ops/config/index.ts';
import { contextOn } from '../../stage/context.ts';
import { measurePerformance } from '../../stage/performance/index.ts';
import { embeddedProvider } from '../../stage/providers/index.ts';
import { RunRecord } from '../../stage/step.ts';
import { alone, median, ms, type BenchRow } from './measure.ts';
import { benchFolder, host } from './place.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 20);
const steps = 40_000;
const settings = { ingest: 'dry-run', actor: 'bench', version: '0', baseline: 'HEAD' } as const;
const fixture = join(import.meta.dirname, '../../test/fixtures/tiny');

const workload = `-- title: Work of a known length
-- why: its length is what the bench plants
-- as: desk_service
select desk.work();
`;

/** How often the performance gate blames what is by 30 % slower, and what did not change. */
export async function benchPerfGate(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const project = await makeRepository(join(folder.path, 'project'));
  await using instance = await embeddedProvider(host).start({ runId: 'bench', home: folder.path, admin: 'tiny_admin' });
  const judge = async () => {
    const context = { ...contextOn(instance, project, { runId: 'bench', settings }), record: new RunRecord() };
    const startedAt = performance.now();
    await measurePerformance(context);
    const { verdict } = context.record.measurements[0]!;
    console.error(verdict);
    return { verdict, took: performance.now() - startedAt };
  };
  const unchanged = await repeat(judge);
  await writeFile(join(project.root, 'sql/desk/0030_slower.sql'), work(steps * 1.3, 'create or replace'));
  const slower = await repeat(judge);
  const count = (runs: typeof slower, verdict: string) => runs.filter((run) => run.verdict === verdict).length;
  const row = (what: string, runs: typeof slower, bar: string): BenchRow => ({
    what: `${what}; ${ms(median(runs.map(({ took }) => took)))} each, ${count(runs, 'unproven')} unproven`,
    ours: `${count(runs, 'no-go')} of ${runs.length}`,
    ...alone,
    bar,
  });
  return [
    row('a query that became 30 % slower is blamed', slower, `${rounds} of ${rounds}`),
    row('a schema that did not change is blamed', unchanged, `0 of ${rounds}`),
  ];
}

async function repeat<T>(work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < rounds; round += 1) results.push(await work());
  return results;
}

/** The tiny project with a function of a known length and a query that calls it, all of it promoted. */
async function makeRepository(folder: string) {
  await cp(fixture, folder, { recursive: true });
  await mkdir(join(folder, 'sql/workload'));
  await writeFile(join(folder, 'sql/workload/work.sql'), workload);
  await writeFile(join(folder, 'sql/desk/0020_work.sql'), work(steps, 'create'));
  const file = join(folder, 'drydock.yaml');
  const config = (await readFile(file, 'utf8')).replace(
    'calls: [desk.link_desk]',
    'calls: [desk.link_desk, desk.work]',
  );
  await writeFile(file, `${config}\nperformance: { workload: sql/workload, rows: 1000 }\n`);
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org', ...args], { cwd: folder });
  await git('init', '--quiet');
  await git('add', '--all');
  await git('commit', '--quiet', '-m', 'promoted');
  return loadProject(file);
}

function work(length: number, create: string): string {
  return `${create} function desk.work() returns bigint language plpgsql set search_path = '' as $$
declare sum bigint := 0;
begin
    for step in 1..${length} loop sum := sum + step; end loop;
    return sum;
end;
$$;
`;
}
