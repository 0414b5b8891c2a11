import { randomBytes } from 'node:crypto';
import { serverAccount } from './account.ts';
import { clear, clearAbandoned, labelsOf, nameFor, tagsOf } from './containers/clear.ts';
import { Engine, type ContainerOrder } from './containers/engine.ts';
import { instanceIn } from './containers/instance-in.ts';
import { Seat } from './containers/seat.ts';
import { openHome } from './home.ts';
import type { Host } from './host.ts';
import type { Instance, Provider, StartOrder } from './provider.ts';

export interface DockerOptions {
  /** A Postgres image that takes the variables of the official one. */
  readonly image: string;
  /** The container's name at a fixed port; at any free port the run id is added, so that runs never meet. */
  readonly container: string;
  /** A network that is there; without it, or as `bridge`, Docker's own or that of the container which Drydock runs in. */
  readonly network?: string;
  /** Where the data is kept instead of in memory; named as the container is, made for the run and removed with it. */
  readonly volume?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const dataFolder = '/var/lib/postgresql/data';

/** Nothing here changes what a query answers: the data is in memory and ends with the container. */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '*',
  password_encryption: 'scram-sha-256',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'on',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '120',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/** Runs Postgres in a container of its own, with its data in memory. */
export function dockerProvider(host: Host, options: DockerOptions): Provider {
  return { name: 'docker', start: (order) => startInContainer(order, host, options) };
}

async function startInContainer(order: StartOrder, host: Host, options: DockerOptions): Promise<Instance> {
  const { home, runId, signal } = order;
  signal?.throwIfAborted();
  await using undo = new AsyncDisposableStack();
  const engine = undo.use(await Engine.open(options.env));
  await openHome(home, host, await serverAccount(host));
  await clearAbandoned(engine, order.note);
  await engine.provideImage(options.image, order);
  signal?.throwIfAborted();

  const seat = await Seat.take(home, runId);
  undo.defer(async () => void (await clear(engine, seat, home)));
  const password = randomBytes(24).toString('base64url');
  const container = await engine.run(containerOf(order, options, engine, password));
  return await instanceIn(container, { provider: 'docker', order, password }, undo);
}

function containerOf(
  order: StartOrder,
  { image, container, network, volume }: DockerOptions,
  engine: Engine,
  password: string,
): ContainerOrder {
  const { runId, home, admin, port } = order;
  const all = Object.entries({ ...settings, ...order.settings });
  return {
    name: nameFor(order, container),
    volume: volume && nameFor(order, volume),
    image,
    port,
    env: {
      POSTGRES_USER: admin,
      POSTGRES_PASSWORD: password,
      POSTGRES_DB: 'postgres',
      POSTGRES_INITDB_ARGS: '--auth=scram-sha-256 --locale=C --encoding=UTF8',
      PGDATA: `${dataFolder}/pgdata`,
    },
    command: ['postgres', ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    labels: { ...labelsOf(home, runId), ...tagsOf(order, engine) },
    network: engine.networkFor(network),
    dataFolder,
    healthCheck: ['CMD', 'pg_isready', '--username', admin, '--host', '127.0.0.1'],
  };
}
