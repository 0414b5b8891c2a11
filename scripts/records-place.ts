import { resolve } from 'node:path';
import { forbidden, recordSession } from '../audit-log/records/index.ts';
import { DrydockError } from '../ops/errors.ts';
import { targetOfUrl, type Session, type Target } from '../ops/postgres/index.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { flagOf } from './whole-number.ts';
import { jsonOf } from './render/json.ts';

/** What a records command was given. */
export interface Call {
  readonly io: Io;
  readonly options: Options;
  readonly words: readonly string[];
}

export type Action = (call: Call) => Promise<number>;

/** A flag's value, if it was given. */
export function flag({ options }: Call, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws USAGE_RECORDS naming the flag */
export function required(call: Call, name: string): string {
  const value = flag(call, name);
  if (value) return value;
  throw usage(`${flagOf(name)} is missing.`);
}

/** The word at a place after the action. @throws USAGE_RECORDS */
export function word({ words }: Call, index: number, what: string): string {
  const given = words[index];
  if (given) return given;
  throw usage(`${what} is missing.`);
}

/** @param what it is the id of: `The workspace` @throws USAGE_RECORDS when it is no uuid */
export function uuid(given: string, what: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(given)) return given;
  throw new DrydockError('USAGE_RECORDS', `${what} ${given} is no id.`, {
    hint: 'The record knows workspaces, persons and requests by uuids, like 9f0c6d1e-2b7a-4c55-8a39-5d1f0e7c4b21.',
  });
}

/** Columns written with commas; a blank or `none` is none. */
export function columns(text: string | undefined): string[] {
  return text === undefined || text === 'none' ? [] : text.split(',').map((name) => name.trim());
}

/** Folders, from the flag, the environment, or under .drydock. */
export function folders(call: Call): { keys: string; seals: string } {
  const { io } = call;
  const at = (name: 'keys' | 'seals', variable: string) =>
    resolve(io.cwd, flag(call, name) ?? io.env[variable] ?? `.drydock/records/${name}`);
  return { keys: at('keys', 'AUDIT_KEYS'), seals: at('seals', 'AUDIT_SEALS') };
}

/** Where months are frozen to, a folder or a bucket. */
export function coldPlace(call: Call): { coldFolder: string; endpoint: string | undefined } {
  const { io } = call;
  const place = flag(call, 'cold') ?? io.env['AUDIT_COLD'] ?? '.drydock/records/cold';
  return {
    coldFolder: place.startsWith('s3://') ? place : resolve(io.cwd, place),
    endpoint: io.env['AWS_ENDPOINT_URL_S3'],
  };
}

/** Runs `work` on the database, whether or not it has a record. @throws USAGE_URL */
export async function onDatabase<T>(call: Call, work: (session: Session) => Promise<T>): Promise<T> {
  // who watches ends after the seal that is under way
  const cancel = call.options['watch'] ? undefined : call.io.signal;
  await using session = await recordSession(targetOf(call), 'drydock records', cancel);
  return await work(session);
}

/** Runs `work` on the database of the record. @throws USAGE_URL, RECORDS_NONE, RECORDS_FORBIDDEN */
export async function onRecord<T>(call: Call, work: (session: Session) => Promise<T>): Promise<T> {
  return onDatabase(call, async (session) => {
    const { there } = await session.row<{ there: boolean }>(
      `select exists (
         select from pg_catalog.pg_class as relation
         join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
         where namespace.nspname = 'audit' and relation.relname = 'audit_events'
       ) as there`,
    );
    if (there) return work(session).catch((error: unknown) => Promise.reject(forbidden(error) ?? error));
    throw new DrydockError('RECORDS_NONE', `The database ${session.target.database} has no audit record.`, {
      hint: 'Run `drydock records migrate` on it, or name another with --url-from.',
    });
  });
}

export function print({ io, options }: Call, value: unknown, inWords: () => string): void {
  io.out(options.json ? jsonOf(value) : `${inWords()}\n`);
}

export function usage(message: string): DrydockError {
  return new DrydockError('USAGE_RECORDS', message, { hint: 'See `drydock records --help`.' });
}

/** The database of the record. @throws USAGE_URL */
export function targetOf(call: Call): Target {
  const variable = required(call, 'urlFrom');
  const [url, name] = flag(call, 'url') ? [flag(call, 'url'), '--url'] : [call.io.env[variable], variable];
  if (!url)
    throw new DrydockError('USAGE_URL', `The variable ${variable} is not set.`, {
      hint: 'Set it to postgres://USER:PASSWORD@HOST:5432/DATABASE, or name another with --url-from.',
    });
  const target = targetOfUrl(url, name!);
  call.io.redactor.add(target.password);
  return target;
}
