import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { loadProject } from '../../ops/config/index.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import { loadChecks, runCheck } from '../../stage/checks.ts';
import { contextOn } from '../../stage/context.ts';
import { pipeline } from '../../stage/pipeline.ts';
import { embeddedProvider } from '../../stage/providers/index.ts';
import { makeManyTables } from './many-tables.ts';
import { ms, sideBySide, timed, type BenchRow } from './measure.ts';
import { benchFolder, host } from './place.ts';

const rounds = 5;

/** The same checks in one transaction on one connection, by psql one after the other, and each on a connection of its own. */
export async function benchChecks(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const home = join(folder.path, 'home');
  await mkdir(join(folder.path, 'project'));
  const project = await loadProject(await makeManyTables(join(folder.path, 'project'), { domains: 20, tables: 100 }));
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
  const env = {
    ...{ PGHOST: target.host, PGPORT: String(target.port), PGUSER: admin },
    ...{ PGPASSWORD: target.password, PGDATABASE: database },
  };
  const byPsql = () =>
    timed(async () => {
      for (const { file } of checks) {
        await execa('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'], { env, input: file.text });
      }
    });
  const scripts = await sideBySide(rounds, together, byPsql);
  const logins = await sideBySide(rounds, together, apart);
  return [
    {
      what: `${checks.length} checks on 100 tables, one connection`,
      ours: ms(scripts.ours),
      other: `psql -f for each, a process and a login, as scripts of checks do: ${ms(scripts.other)}`,
      ratio: scripts.ratio.toFixed(2),
      bar: '0.20',
    },
    {
      what: 'the same, beside a login for each from one process',
      ours: ms(logins.ours),
      other: ms(logins.other),
      ratio: logins.ratio.toFixed(2),
      bar: '',
    },
  ];
}
