import { join } from 'node:path';
import { execa } from 'execa';
import { takeAudit } from '../../audit-log/inventory/index.ts';
import { inventoryDefaults } from '../../ops/config/index.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import { Staging, tinyFile } from '../../test/support/staging.ts';
import { alone, median, ms, timed, type BenchRow } from './measure.ts';
import { benchFolder } from './place.ts';

const cli = join(import.meta.dirname, '../drydock.js');
const tableCount = 2000;
const rounds = 5;
/** The opponent takes a minute or more; it is measured once, and cut off here. */
const patienceMs = 120_000;

/** A full audit of 2,000 tables, 20,000 columns and 8,000 constraints, beside the usual queries of information_schema. */
export async function benchInventory(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  await using staging = await Staging.start({ file: tinyFile, home: join(folder.path, 'home') });
  await using admin = await staging.connect('postgres');
  await admin.query('create database audited');
  const target = staging.target('audited');
  await fill(target);

  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const took = await timed(() => audit(target));
    if (round > 0) times.push(took);
  }
  const ours = median(times);
  const theirs = await informationSchema(target);
  return [
    {
      what: `audit of ${tableCount} tables, ${tableCount * 10} columns, ${tableCount * 4} constraints, every row count exact`,
      ours: ms(ours),
      other: `columns and keys through information_schema, measured once: ${theirs >= patienceMs ? '> ' : ''}${ms(theirs)}`,
      ratio: (ours / theirs).toFixed(3),
      bar: '1.5 s and 0.05',
    },
    {
      what: 'the most memory of `drydock inventory --out`, files and page written',
      ours: await memoryOfOne(target, folder.path),
      ...alone,
      bar: '200 MB',
    },
  ];
}

/** Median of what the system counted for processes of their own: what was measured before has left its heap in this one. */
async function memoryOfOne({ host, port, user, password, database }: Target, folder: string): Promise<string> {
  const DATABASE_URL = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
  const meter = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`;
  const preload = `data:text/javascript,${encodeURIComponent(meter)}`;
  const peaks: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const out = join(folder, `audit-${round}`);
    const args = ['--import', preload, cli, 'inventory', '--out', out];
    const env = { DATABASE_URL, DRYDOCK_HOME: join(folder, 'home') };
    const { stderr } = await execa(process.execPath, args, { env });
    peaks.push(Number(/peak (\d+)/.exec(stderr)![1]));
  }
  return `${Math.round(median(peaks) / 1024)} MB`;
}

async function audit(target: Target): Promise<void> {
  const taken = await takeAudit({
    target,
    settings: inventoryDefaults,
    root: import.meta.dirname,
    schemas: null,
    budgetMs: 60_000,
    samples: false,
    now: () => new Date(),
  });
  const exact = taken.summary.tables_counted.exact;
  if (exact !== tableCount) throw new Error(`The audit counted ${exact} of ${tableCount} tables.`);
}

async function fill(target: Target): Promise<void> {
  await using session = await Session.open(target);
  for (let start = 0; start < tableCount; start += 200) {
    const tables = Array.from({ length: 200 }, (_, index) => tableSql(start + index));
    await session.script(tables.join('\n'));
  }
}

function tableSql(n: number): string {
  const columns = Array.from({ length: 7 }, (_, index) => `c${index} text`).join(', ');
  return `create table public.t${n} (
      id integer primary key, code text unique, parent integer references public.t${Math.max(0, n - 1)},
      ${columns}, check (length(code) > ${n % 7})
  );
  insert into public.t${n} (id, code) select i, repeat('x', 10) || i from generate_series(1, 5) as i;`;
}

/** What audits of this kind usually ask: tables, columns, and keys by the triple join. */
async function informationSchema(target: Target): Promise<number> {
  await using session = await Session.open(target);
  await session.query(`set statement_timeout = ${patienceMs}`);
  const queries = [
    "select * from information_schema.tables where table_schema = 'public'",
    "select * from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position",
    `select tc.table_name, tc.constraint_name, kcu.column_name, ccu.table_name, ccu.column_name
     from information_schema.table_constraints as tc
     join information_schema.key_column_usage as kcu
         on tc.constraint_name = kcu.constraint_name and tc.table_schema = kcu.table_schema
     join information_schema.constraint_column_usage as ccu
         on ccu.constraint_name = tc.constraint_name and ccu.table_schema = tc.table_schema
     where tc.constraint_type = 'FOREIGN KEY'`,
  ];
  const startedAt = performance.now();
  for (const query of queries) {
    const outcome = await session.query(query).catch((error: { code?: string }) => error);
    if ('code' in outcome && outcome.code !== '57014') throw outcome;
  }
  return performance.now() - startedAt;
}
