import { mkdir, writeFile } from 'node:fs/promises';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { identifier } from '../../ops/postgres/index.ts';
import { Staging } from '../../test/support/staging.ts';
import { ms, sideBySide, timed, type BenchRow } from './measure.ts';
import { benchFolder } from './place.ts';

const fileCount = 500;
const tiny = join(import.meta.dirname, '../../test/fixtures/tiny');

/** 500 migrations, a table each, beside `psql -f` of the same files, each in a transaction, under the same event trigger. */
export async function benchMigrations(): Promise<BenchRow[]> {
  const psql = await execa('psql', ['--version'], { reject: false });
  if (psql.failed) throw new Error('This bench compares with psql: install postgresql-client first.');
  await using folder = await benchFolder();
  const project = await projectOf(folder.path);
  await using staging = await Staging.start({ file: join(project, 'drydock.yaml'), home: join(folder.path, 'home') });

  const fresh = async () => {
    await using session = await staging.connect('postgres');
    await session.query(`drop database if exists ${identifier(staging.project.config.database)} with (force)`);
    for (const role of await rolesLeft(staging)) await session.query(`drop role ${identifier(role)}`);
    await staging.run('bootstrap');
  };
  const ours = async () => {
    await fresh();
    return timed(() => staging.run('apply'));
  };
  const other = async () => {
    await fresh();
    return timed(() => applyWithPsql(staging, project));
  };
  const result = await sideBySide(5, ours, other);
  return [
    {
      what: `${fileCount} migrations, with their log, manifest and grants`,
      ours: ms(result.ours),
      other: `\`psql -f\`, a transaction each: ${ms(result.other)}`,
      ratio: result.ratio.toFixed(2),
      bar: '1.5',
    },
  ];
}

async function projectOf(folder: string): Promise<string> {
  const project = join(folder, 'project');
  await cp(tiny, project, { recursive: true });
  await mkdir(join(project, 'sql/shop'), { recursive: true });
  for (let n = 0; n < fileCount; n += 1) {
    const table = `shop.t${n}`;
    const sql = [
      `-- title: Table ${n}`,
      `create table ${table} (id integer primary key, label text not null, price numeric check (price >= 0));`,
      `create index t${n}_by_label on ${table} (label);`,
      `comment on table ${table} is 'Table ${n}.';`,
      `create policy t${n}_owner on ${table} for all to shop_owner using (true) with check (true);`,
    ];
    await writeFile(join(project, `sql/shop/${String(n + 100).padStart(4, '0')}_t${n}.sql`), `${sql.join('\n')}\n`);
  }
  await rm(join(project, 'sql/backfills'), { recursive: true });
  return project;
}

/** One psql for all files, as an operator would: `-1` would make one transaction of all, so each file brings its own. */
async function applyWithPsql(staging: Staging, project: string): Promise<void> {
  const { host, port, user, password, database } = staging.target();
  const owners = staging.project.config.migrations.flatMap(({ folder, as }) => ({ folder: join(project, folder), as }));
  const { readdir } = await import('node:fs/promises');
  const commands: string[] = [];
  for (const { folder, as } of owners.filter(({ as: owner }) => owner !== 'views_owner')) {
    for (const file of (await readdir(folder)).sort()) {
      commands.push('-c', `begin; set local role ${as}`, '-f', join(folder, file), '-c', 'commit');
    }
  }
  await execa(
    'psql',
    ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', host, '-p', String(port), '-U', user, '-d', database, ...commands],
    {
      env: { PGPASSWORD: password },
    },
  );
}

async function rolesLeft(staging: Staging): Promise<string[]> {
  await using session = await staging.connect('postgres');
  const { rows } = await session.query<{ rolname: string }>(
    "select rolname from pg_catalog.pg_roles where oid <> 10 and rolname !~ '^pg_'",
  );
  return rows.map(({ rolname }) => rolname);
}
