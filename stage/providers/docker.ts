import { labelsOf, nameFor, tagsOf } from './containers/clear.ts';
import { containerProvider, type ContainerOptions, type Making } from './containers/container-provider.ts';
import type { ContainerOrder } from './containers/engine.ts';
import type { Host } from './host.ts';
import type { Provider } from './provider.ts';

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
export function dockerProvider(host: Host, options: ContainerOptions): Provider {
  return containerProvider('docker', host, options, (making) => making.engine.run(containerOf(making)));
}

function containerOf({ order, options, engine, password }: Making): ContainerOrder {
  const { image, container, network, volume } = options;
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
