import { DrydockError } from '../../ops/errors.ts';
import type { Target } from '../../ops/postgres/index.ts';
import { realDisk, type Disk } from './disk.ts';
import { sourceOf } from './source.ts';
import { AutoStore } from './stores/auto.ts';
import { JsonlStore } from './stores/jsonl.ts';
import { MemoryStore } from './stores/memory.ts';
import { NullStore } from './stores/null.ts';
import { PostgresStore } from './stores/postgres.ts';
import type { Backend, EventStore } from './stores/store.ts';

export interface StoreOrder {
  readonly backend: Backend;
  /** Needed by postgres and auto. */
  readonly target?: Target | undefined;
  /** Spool files and reject files. */
  readonly directory: string;
  /** This machine's name, for the ledger. */
  readonly host: string;
  readonly disk?: Disk;
  /** How long an outage keeps `auto` from trying Postgres again, in milliseconds. Default: 5 minutes */
  readonly cooldownMs?: number;
  now(): Date;
  /** Told in one line when the backend in use changes. */
  note(line: string): void;
}

const fiveMinutes = 5 * 60_000;

/**
 * Opens a backend.
 * @throws DrydockError EVENTS_NO_URL, EVENTS_DIRECTORY; for `postgres` also when the server is down or has no table
 */
export async function openEventStore(order: StoreOrder): Promise<EventStore> {
  const { backend, directory, host, disk = realDisk, cooldownMs = fiveMinutes, now, note } = order;
  switch (backend) {
    case 'null':
      return new NullStore();
    case 'memory':
      return new MemoryStore();
    case 'jsonl':
      return new JsonlStore(directory, disk, now);
    case 'postgres':
      return PostgresStore.open({ target: targetOf(order), source: await sourceOf(directory, host), directory, now });
    case 'auto': {
      const target = targetOf(order);
      return new AutoStore({ target, source: await sourceOf(directory, host), directory, disk, cooldownMs, now, note });
    }
  }
}

/** What a start says: which backend, and where; never the password. */
export function startLine({
  backend,
  target,
  directory,
}: Pick<StoreOrder, 'backend' | 'target' | 'directory'>): string {
  const dsn = target && `dsn=postgresql://${target.user}@${target.host}:${target.port}/${target.database}`;
  const places: Record<Backend, string> = {
    auto: `auto (postgres→jsonl fallback) ${dsn} dir=${directory}`,
    postgres: `postgres ${dsn}`,
    jsonl: `jsonl dir=${directory}`,
    null: 'null (every event is discarded)',
    memory: 'memory',
  };
  return `AuditStore: ${places[backend]}`;
}

function targetOf({ backend, target }: StoreOrder): Target {
  if (target) return target;
  throw new DrydockError('EVENTS_NO_URL', `AUDIT_BACKEND=${backend} needs a database, and there is none.`, {
    hint: 'Set DATABASE_URL to postgresql://USER:PASSWORD@HOST:PORT/DATABASE.',
  });
}
