import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { Session } from '../../../../ops/postgres/index.ts';
import { adminTarget, remoteLeftovers, remoteProvider } from '../../../../stage/providers/index.ts';
import { Door } from '../../../support/door.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { everyProviderContract, type Subject } from '../contract.ts';
import { belongings } from './belongings.ts';
import { TlsServer } from './tls-server.ts';

let server: TlsServer;
let door: Door;
let folder: TemporaryFolder;
let subject: Subject;

beforeAll(async () => {
  server = await TlsServer.start('remote-contract');
  folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  door = await Door.to(server.instance);
  const url = server.url().replace(`:${server.instance.port}/`, `:${door.port}/`);
  const provider = remoteProvider({ ...belongings, url, allowExisting: [] });
  subject = {
    provider,
    home,
    failing: { home: '/dev/null/no-folder' },
    refusesSecond: 'PROVIDER_REMOTE_BUSY',
    saysWhatIsLeft: 'PROVIDER_REMOTE_LEFT',
    ownerProgram: fileURLToPath(new URL('../fixtures/own-remote.ts', import.meta.url)),
    ownerArguments: [url],
    sweep: async () => {
      door.open();
      const left = await remoteLeftovers(home);
      // the next run of the project clears what is there
      if (left.length > 0) await (await provider.start({ runId: 'the-next', admin: '', home })).stop();
      return left;
    },
    traces: async (runId) => [
      ...(await tracesOf(runId)),
      ...(await remoteLeftovers(home)).map((left) => left.runId).filter((left) => left === runId),
    ],
    killServer: async () => door.shut(),
  };
});

afterAll(async () => {
  await door[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

everyProviderContract('remote', () => subject);

/** The run's claim, and what it may have made. */
async function tracesOf(runId: string): Promise<string[]> {
  await using session = await Session.open(adminTarget(server.instance, 'postgres'));
  const { rows } = await session.query<{ name: string }>(
    `select rolname::text as name from pg_roles
     where rolname = any ($1) or shobj_description(oid, 'pg_authid') like '%' || $2 || '"%'
     union all select datname from pg_database where datname = $3`,
    [belongings.roles, runId, belongings.database],
  );
  return rows.map(({ name }) => name);
}
