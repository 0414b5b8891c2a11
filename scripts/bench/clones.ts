import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Session } from '../../ops/postgres/index.ts';
import { dropClone, dropOld, makeClone, resetStaging, takeTemplate, warmUp } from '../../stage/clones/index.ts';
import { contextOn } from '../../stage/context.ts';
import { pipeline } from '../../stage/pipeline.ts';
import { adminTarget, embeddedProvider } from '../../stage/providers/index.ts';
import { loadProject } from '../../ops/config/index.ts';
import { alone, median, ms, sideBySide, timed, type BenchRow } from './measure.ts';
import { benchFolder, host } from './place.ts';

const rounds = 5;
const exampleFile = join(import.meta.dirname, '../../ops/drydock.yaml');
/** Makes a database of 134 MB. */
const rows = 1_300_000;

/** A clone against the bare statement, and a reset, on the worked example with a large table beside it. */
export async function benchClones(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const project = await loadProject(exampleFile);
  const { admin, database } = project.config;
  const runId = randomUUID();
  await using instance = await embeddedProvider(host).start({ runId, home: folder.path, admin });
  const settings = { ingest: 'disabled', actor: 'bench', version: '0' } as const;
  const context = contextOn(instance, project, { runId, settings });
  for (const step of pipeline.filter(({ name }) => ['bootstrap', 'apply'].includes(name))) await step.run(context);
  await fill(instance, database);
  await using server = await Session.open(adminTarget(instance, 'postgres'));
  const template = await takeTemplate(server, { database, after: 'apply', now: new Date() });

  const clone = { database, name: 'bench', by: 'bench', now: new Date() };
  const ours = async () => {
    const took = await timed(() => makeClone(server, clone));
    await dropClone(server, clone);
    return took;
  };
  const bare = async () => {
    const took = await timed(() =>
      server.query(`create database bare template ${template.database} strategy file_copy`),
    );
    await server.query('drop database bare');
    return took;
  };
  const cloned = await sideBySide(rounds, ours, bare);
  const resets: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await warmUp(server, database);
    await workIn(instance, database);
    resets.push(await timed(() => resetStaging(server, { database, endSessions: false })));
    await dropOld(server, database);
  }
  const bytes = await server.row<{ size: string }>('select pg_size_pretty(pg_database_size($1)) as size', [database]);
  return [
    {
      what: `clone of ${bytes.size}, with rights, compared`,
      ours: ms(cloned.ours),
      other: `create database: ${ms(cloned.other)}`,
      ratio: cloned.ratio.toFixed(2),
      bar: '1.20',
    },
    { what: 'reset to a copy that stands ready', ours: ms(median(resets.slice(1))), ...alone, bar: '10 ms' },
  ];
}

/** Nobody puts back a staging that was not worked in. */
async function workIn(instance: Parameters<typeof adminTarget>[0], database: string): Promise<void> {
  await using session = await Session.open(adminTarget(instance, database));
  await session.query('update drydock.lease set problem = null');
}

async function fill(instance: Parameters<typeof adminTarget>[0], database: string): Promise<void> {
  await using session = await Session.open(adminTarget(instance, database));
  await session.script(`
    create table public.ballast as select id, md5(id::text) as one, md5(id::text || 'x') as other
    from pg_catalog.generate_series(1, ${rows}) as id;
    checkpoint`);
}
