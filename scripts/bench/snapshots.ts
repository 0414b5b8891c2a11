import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { compareDatabases, takeSnapshot, type Comparison } from '../../audit-log/snapshots/index.ts';
import { loadSnapshotPlan } from '../../ops/config/index.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import { Staging, tinyFile } from '../../test/support/staging.ts';
import { alone, median, ms, sideBySide, timed, type BenchRow } from './measure.ts';
import { benchFolder } from './place.ts';

const rounds = 5;
const rows = 1_000_000;
const everything = '';
const plan = `
seeds: [{ table: event, columns: all }]
limits: { rows: 2000000, bytes: 2GB, cost: 100000000, statement: 5m }
`;

/** Exports of a million rows beside psql's \copy, the comparison of two of them, and of two databases as they are. */
export async function benchSnapshots(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  await using staging = await Staging.start({ file: tinyFile, home: join(folder.path, 'home') });
  await using admin = await staging.connect('postgres');
  await admin.query('create database audited');
  const target = staging.target('audited');
  await fill(target);
  await admin.query('create database changed template audited');
  const planFile = join(folder.path, 'plan.yaml');
  await writeFile(planFile, plan);
  return [
    ...(await benchExport(target, planFile, folder.path)),
    ...(await benchLive(target, staging.target('changed'), planFile)),
    ...(await benchCompare(target, staging.target('changed'), planFile, folder.path)),
  ];
}

async function benchExport(target: Target, planFile: string, folder: string): Promise<BenchRow[]> {
  const ours =
    (sessions: number, zstd = false) =>
    async () => {
      const place = join(folder, randomBytes(4).toString('hex'));
      const took = await timed(() => take(target, planFile, place, sessions, zstd));
      await rm(place, { recursive: true });
      return took;
    };
  const out = join(folder, 'copy.csv');
  const copy = () => timed(() => psqlCopy(target, everything, out));
  const halves = () =>
    timed(() =>
      Promise.all([
        psqlCopy(target, `where id <= ${rows / 2}`, `${out}.1`),
        psqlCopy(target, `where id > ${rows / 2}`, `${out}.2`),
      ]),
    );
  const row = async (what: string, mine: () => Promise<number>, bar: string): Promise<BenchRow> => {
    const { ours: took, other, ratio } = await sideBySide(rounds, mine, copy);
    return { what, ours: ms(took), other: `\\copy ${ms(other)}`, ratio: ratio.toFixed(2), bar };
  };
  return [
    await row('snapshot of 1M rows, two sessions', ours(2), '≤ 0.75'),
    await row('snapshot of 1M rows, one session', ours(1), '≤ 1.1'),
    await row('snapshot of 1M rows, two sessions, zstd', ours(2, true), ''),
    await row('two `\\copy` of a half each, at once: what the machine can do', halves, ''),
  ];
}

/** 1M rows against 1M in two databases, with the same differences. */
async function benchLive(before: Target, after: Target, planFile: string): Promise<BenchRow[]> {
  await change(after);
  const order = {
    before: { target: before, schema: 'public' },
    after: { target: after, schema: 'public' },
    plan: await loadSnapshotPlan(planFile),
    rules: { keys: new Map(), ignore: new Set<string>(), tolerance: new Map() },
    maskSalt: undefined,
  };
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push(
      await timed(async () => {
        const [table] = (await compareDatabases(order)).tables;
        requireAll(table!.changes!);
      }),
    );
  }
  return [{ what: 'compare 1M × 1M rows live, 113 differences', ours: ms(median(times)), ...alone, bar: '' }];
}

/** 99 rows changed, 9 removed and 5 added. */
async function change(target: Target): Promise<void> {
  await using session = await Session.open(target);
  await session.script(`
    update public.event set body = body || '!' where id % 10101 = 7 and id < 1000000;
    delete from public.event where id % 111111 = 3 and id < 999999;
    insert into public.event select 2000000 + n, 1, 'new', 'x', now(), 1 from generate_series(1, 5) as n;`);
}

function requireAll({ changed, removed, added }: { changed: number; removed: number; added: number }): void {
  const found = [changed, removed, added].join();
  if (found !== '99,9,5') throw new Error(`The comparison found ${found}.`);
}

async function benchCompare(was: Target, is: Target, planFile: string, folder: string): Promise<BenchRow[]> {
  const before = await take(was, planFile, join(folder, 'before'), 2);
  const after = await take(is, planFile, join(folder, 'after'), 2);
  const cli = join(import.meta.dirname, '../drydock.js');
  const times: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const args = ['-f', '%M', process.execPath, cli, 'compare', before, after, '--json'];
    const startedAt = performance.now();
    const { stdout, stderr } = await execa('/usr/bin/time', args, {
      cwd: folder,
      env: { DRYDOCK_HOME: join(folder, 'home') },
      reject: false,
    });
    times.push(performance.now() - startedAt);
    memory.push(
      Number(
        stderr
          .split('\n')
          .filter((line) => /^\d+$/.test(line))
          .at(-1),
      ) / 1024,
    );
    const [table] = (JSON.parse(stdout) as Comparison).tables;
    requireAll(table!.changes!);
  }
  return [
    { what: 'compare 1M × 1M rows, 113 differences', ours: ms(median(times)), ...alone, bar: '< 3 s' },
    { what: 'memory of that comparison', ours: `${Math.round(median(memory))} MB`, ...alone, bar: '< 300 MB' },
  ];
}

async function take(target: Target, planFile: string, place: string, sessions: number, zstd = false): Promise<string> {
  const { folder } = await takeSnapshot({
    target,
    plan: await loadSnapshotPlan(planFile),
    signals: undefined,
    schema: 'public',
    place,
    source: { branch: 'bench', commit_sha: 'unknown', commit_timestamp: 'unknown' },
    sessions,
    output: { zstd, parquet: false },
    maskSalt: undefined,
    now: () => new Date(),
  });
  return folder;
}

async function psqlCopy({ host, port, user, password, database }: Target, where: string, out: string): Promise<void> {
  const command = `\\copy (select * from public.event ${where} order by id) to '${out}' with (format csv, header)`;
  await execa('psql', ['--no-psqlrc', '--quiet', '--command', command], {
    env: { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database },
  });
}

async function fill(target: Target): Promise<void> {
  await using session = await Session.open(target);
  await session.script(`
    create table public.event (id bigint primary key, run_id integer, kind text, body text, seen_at timestamptz, score numeric);
    insert into public.event
    select n, n % 1000, 'kind ' || n % 7, repeat(md5(n::text), 4), '2026-01-01 00:00Z'::timestamptz + n * interval '1 second', n * 0.25
    from generate_series(1, ${rows}) as n;`);
  await session.query('vacuum analyze public.event');
}
