import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { AutoStore, spoolFiles, stretchesOf, type EventStore, type StoreOrder } from '../../audit-log/events/index.ts';
import type { Target } from '../../ops/postgres/index.ts';
import type { Staging } from './staging.ts';

/** A server that is not there. */
export const nobodyThere: Target = {
  host: '127.0.0.1',
  port: 9,
  user: 'gateway',
  password: 'secret-secret',
  database: 'audit',
};

/** A store that tries Postgres again soon. */
export function order(backend: StoreOrder['backend'], directory: string, more: Partial<StoreOrder> = {}): StoreOrder {
  return { backend, directory, host: 'host-1', now: () => new Date(), note() {}, cooldownMs: 20, ...more };
}

export function ids(events: readonly { event_id: string }[]): string[] {
  return events.map(({ event_id }) => event_id);
}

/** What the files hold, file by file. */
export function spooledIds(directory: string): string[] {
  return spoolFiles(directory).flatMap((file) => [...stretchesOf(file)].flatMap(({ events }) => ids(events)));
}

/** Until Postgres has answered for everything. */
export async function drained(store: EventStore): Promise<void> {
  await (store instanceof AutoStore ? store.drained() : store.flush());
}

/** A server that ends every connection at once, and counts them. */
export async function slammedDoor() {
  let knocks = 0;
  const listener = createServer((socket) => {
    knocks += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    target: { ...nobodyThere, port: (listener.address() as AddressInfo).port },
    knocks: () => knocks,
    [Symbol.asyncDispose]: async () => void listener.close(),
  };
}

/** An outage of this database only: nobody gets in, and who is in is thrown out. */
export async function shut(server: Staging, { user, database }: Target): Promise<void> {
  await using session = await server.connect('postgres');
  await session.query(`alter database "${database}" allow_connections false`);
  await session.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [user]);
}

export async function reopen(server: Staging, { database }: Target): Promise<void> {
  await using session = await server.connect('postgres');
  await session.query(`alter database "${database}" allow_connections true`);
}
