import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backends, sourceOf, type Backend, type StoreOrder } from '../audit-log/events/index.ts';
import type { DashboardOrder } from '../audit-log/digests/index.ts';
import { nearest } from '../ops/config/index.ts';
import { DrydockError } from '../ops/errors.ts';
import { Session, targetOfUrl, type Target } from '../ops/postgres/index.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { stateFolderOf } from './state-folder.ts';

const fiveMinutes = '300';

/** What the environment says of tool events, by the names that gateways use: AUDIT_BACKEND, DATABASE_URL, AUDIT_JSONL_DIR. */
export interface EventPlace {
  readonly backend: Backend;
  readonly directory: string;
  /** Parquet files of compacted days. */
  readonly compacted: string;
  readonly policies: string;
  readonly target: Target | undefined;
}

/**
 * Where the tool events of a command are. A folder that nobody names is the project's, from wherever it is started.
 * @param state the folder of what is Drydock's own; the project's without it
 * @throws DrydockError CONFIG_MISSING, CONFIG_INVALID, USAGE_BACKEND, USAGE_URL
 */
export async function eventPlaceOf(io: Io, options: Options, state?: string): Promise<EventPlace> {
  const flag = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined);
  const named = flag('auditDir') ?? (io.env['AUDIT_JSONL_DIR'] || undefined);
  const directory = named ? resolve(io.cwd, named) : join(state ?? (await stateFolderOf(io, options)), 'audit');
  const url = io.env['DATABASE_URL'];
  const target = url ? targetOfUrl(url, 'DATABASE_URL') : undefined;
  if (target) io.redactor.add(target.password);
  return {
    backend: backendOf(io.env['AUDIT_BACKEND']),
    directory,
    compacted: resolve(io.cwd, flag('output') ?? `${directory}/compact`),
    policies: flag('policies') ? resolve(io.cwd, flag('policies')!) : builtinPolicies,
    target,
  };
}

export function storeOrderOf(io: Io, { backend, directory, target }: EventPlace): StoreOrder {
  return {
    backend,
    directory,
    target,
    host: hostname(),
    cooldownMs: retrySecondsOf(io.env['AUDIT_RETRY_SECONDS'] || fiveMinutes) * 1_000,
    now: io.now,
    note: (line) => io.err(`WARNING: ${line}\n`),
  };
}

/** The source name of this place in the ledger. */
export async function ledgerSourceOf({ directory }: EventPlace): Promise<string> {
  return sourceOf(directory, hostname());
}

/** @throws DrydockError EVENTS_NO_URL */
export function databaseOf({ target }: EventPlace): Target {
  if (target) return target;
  throw new DrydockError('EVENTS_NO_URL', 'This needs the database of the tool events, and there is none.', {
    hint: 'Set DATABASE_URL to postgresql://USER:PASSWORD@HOST:PORT/DATABASE.',
  });
}

/** @throws DrydockError EVENTS_NO_URL */
export async function eventSession(io: Io, place: EventPlace): Promise<Session> {
  return Session.open(databaseOf(place), { applicationName: 'drydock events', cancel: io.signal });
}

/** Where digests look, and dashboards. */
export function digestOrderOf(io: Io, place: EventPlace): DashboardOrder {
  return { ...place, host: hostname(), now: io.now, cancel: io.signal };
}

const builtinPolicies = fileURLToPath(new URL('../ops/policies', import.meta.url));

function backendOf(given: string | undefined): Backend {
  if (given === undefined || given === '') return 'jsonl';
  const backend = backends.find((name) => name === given);
  if (backend) return backend;
  const like = nearest(given, backends);
  throw new DrydockError('USAGE_BACKEND', `AUDIT_BACKEND=${given} is not a backend.`, {
    hint: like ? `Did you mean ${like}?` : `Use one of ${backends.join(', ')}.`,
  });
}

function retrySecondsOf(given: string): number {
  const seconds = Number(given);
  if (Number.isInteger(seconds) && seconds >= 1) return seconds;
  throw new DrydockError('USAGE_NUMBER', `AUDIT_RETRY_SECONDS=${given} is not a whole number from 1.`, {
    hint: 'Write for how many seconds an outage keeps `auto` from trying Postgres again; 300 without it.',
  });
}
