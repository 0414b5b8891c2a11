import { randomBytes } from 'node:crypto';
import { literal, Session } from '../../../ops/postgres/index.ts';
import { embeddedProvider } from '../../../stage/providers/index.ts';
import { host } from '../../support/home.ts';
import { interpolate, type Surroundings } from './expressions.ts';
import type { JobSpec } from './workflow.ts';

interface RunningServices extends AsyncDisposable {
  /** `job.services`, with the ports that the runner gave them. */
  readonly contexts: Readonly<Record<string, { ports: Record<string, string> }>>;
}

/** Starts the job's `postgres` service, by an embedded server in the place of its image; none when the image has no name. */
export async function startService(
  { services }: JobSpec,
  around: Surroundings,
  home: string,
): Promise<RunningServices> {
  const spec = services?.['postgres'];
  const image = spec && interpolate(spec.image, around);
  if (!image) return { contexts: {}, [Symbol.asyncDispose]: async () => {} };
  if (image !== 'postgres:16') throw new Error(`there is no stand-in for the image ${image}`);
  const admin = 'postgres';
  const instance = await embeddedProvider(host).start({
    runId: `service-${randomBytes(4).toString('hex')}`,
    home,
    admin,
  });
  const { host: address, port, adminPassword } = instance;
  await using session = await Session.open({
    host: address,
    port,
    user: admin,
    password: adminPassword,
    database: admin,
  });
  const password = interpolate(spec.env?.['POSTGRES_PASSWORD'], around);
  await session.query(`alter role ${admin} password ${literal(password)}`);
  return { contexts: { postgres: { ports: { 5432: String(port) } } }, [Symbol.asyncDispose]: () => instance.stop() };
}
