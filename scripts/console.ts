import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { openEventStore } from '../audit-log/events/index.ts';
import { parseDuration, type Project } from '../ops/config/index.ts';
import { DrydockError, exitCodes } from '../ops/errors.ts';
import { loadRbac } from '../ops/policies/index.ts';
import { targetOfUrl, type Target } from '../ops/postgres/index.ts';
import {
  serveConsole,
  TokenBook,
  type ConsoleParts,
  type LeaseBooks,
  type TokenEntry,
} from '../stage/console/index.ts';
import { endedLeases, endLeases, listLeases, noteEnds } from '../stage/leases/index.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { openLeaseDesk } from './lease-desk.ts';
import { portFrom } from './port.ts';
import { jsonOf } from './render/json.ts';
import { digestOrderOf, eventPlaceOf, storeOrderOf } from './tool-events.ts';
import { openProject, placeOf, settingsOf } from './workplace.ts';

type Action = (io: Io, options: Options, id: string | undefined) => Promise<number>;

/** What `drydock console` does, by name. */
export const consoleActions: Readonly<Record<string, Action>> = { serve, token, tokens, revoke };

const shortestKey = 32;
const longestTtl = '90d';
const shownEnded = 20;

async function serve(io: Io, options: Options): Promise<number> {
  const project = await openProject(io, options);
  const place = await eventPlaceOf(io, options);
  await loadRbac(place.policies); // what is wrong with it is said now, not at the first request
  await using events = await openEventStore(storeOrderOf(io, place));
  const address = { host: String(options['host']), port: portFrom(options['port']) ?? 0, origin: originOf(options) };
  const partsAt = (origin: string): ConsoleParts => ({
    project: project.config.project,
    tokens: tokenFile(project),
    proxyKey: proxyKeyOf(io),
    policies: place.policies,
    origin,
    events,
    digests: digestOrderOf(io, place),
    evidence: join(placeOf(project, io.env).trail, 'evidence'),
    leases: leaseBooks(io, options),
    records: targetFrom(io, String(options['recordsFrom'])),
    recordFolders: recordFolders(io, options),
    targetFrom: (variable) => targetFrom(io, variable),
    redactor: io.redactor,
    note: (text) => io.err(`${text}\n`),
    now: io.now,
  });
  await using running = await serveConsole(address, partsAt);
  io.out(options.json ? jsonOf({ origin: running.origin }) : `The console is at ${running.origin}\nCtrl-C ends it.\n`);
  if (!io.signal.aborted) await once(io.signal, 'abort');
  return exitCodes.go;
}

async function token(io: Io, options: Options): Promise<number> {
  const project = await openProject(io, options);
  const agent = options['agent'];
  if (typeof agent !== 'string') throw usage('--agent is missing: a token is somebody’s.');
  const holder = (await loadRbac((await eventPlaceOf(io, options)).policies)).holder(agent);
  const [entitlements, workspaces] = [listOf(options['entitlements']), listOf(options['workspaces'])];
  refuseMore(`${agent} as ${holder.role}`, entitlements, holder.entitlements);
  if (!holder.workspaces.includes('*')) refuseMore(agent, workspaces, holder.workspaces);
  const order = { agent, entitlements, workspaces, ttlMs: ttlOf(options), by: settingsOf(io.env).actor, now: io.now() };
  const { token: secret, entry } = await new TokenBook(tokenFile(project)).issue(order);
  const { sha256: _hash, ...shown } = entry;
  if (options.json) io.secret(jsonOf({ ...shown, token: secret }));
  else {
    io.secret(`${secret}\n`);
    io.err(`Token ${entry.id} of ${agent} (${holder.role}), until ${entry.expiresAt}. It is shown this once.\n`);
  }
  return exitCodes.go;
}

async function tokens(io: Io, options: Options): Promise<number> {
  const all = await new TokenBook(tokenFile(await openProject(io, options))).list();
  const shown = all.map(({ sha256: _hash, ...entry }) => ({ ...entry, state: stateOf(entry, io.now()) }));
  const lines = shown.map(({ id, agent, state, expiresAt, createdBy }) => {
    return `${id}  ${state.padEnd(8)} ${agent}, until ${expiresAt}, made by ${createdBy}`;
  });
  io.out(options.json ? jsonOf(shown) : `${lines.join('\n') || 'No token.'}\n`);
  return exitCodes.go;
}

async function revoke(io: Io, options: Options, id: string | undefined): Promise<number> {
  if (id === undefined) throw usage('The id of a token is missing.');
  await new TokenBook(tokenFile(await openProject(io, options))).revoke(id, io.now());
  io.out(options.json ? jsonOf({ id, revoked: true }) : `The token ${id} opens nothing any more.\n`);
  return exitCodes.go;
}

/** The leases of the staging that is up when it is asked. */
function leaseBooks(io: Io, options: Options): LeaseBooks {
  return {
    async list() {
      await using desk = await openLeaseDesk(io, options);
      return { inForce: await listLeases(desk.session), ended: await endedLeases(desk.session, shownEnded) };
    },
    async revoke(role, by, reason) {
      await using desk = await openLeaseDesk(io, options);
      const { logFile, place, session } = desk;
      const ends = await endLeases(session, [role], { by, reason, logFile });
      await noteEnds(place, io.now(), ends);
      return ends;
    },
  };
}

function tokenFile({ root, config }: Project): string {
  return join(resolve(root, config.trail.state), 'console', 'tokens.json');
}

function recordFolders(io: Io, options: Options): ConsoleParts['recordFolders'] {
  const at = (name: 'keys' | 'seals', variable: string) => {
    const given = options[name] ?? io.env[variable] ?? `.drydock/records/${name}`;
    return resolve(io.cwd, String(given));
  };
  return { keys: at('keys', 'AUDIT_KEYS'), seals: at('seals', 'AUDIT_SEALS') };
}

function targetFrom(io: Io, variable: string): Target | undefined {
  const url = io.env[variable];
  if (!url) return undefined;
  const target = targetOfUrl(url, variable);
  io.redactor.add(target.password);
  return target;
}

function proxyKeyOf({ env, redactor }: Io): string | undefined {
  const key = env['DRYDOCK_PROXY_KEY'];
  if (key === undefined || key === '') return undefined;
  if (key.length < shortestKey) throw usage(`DRYDOCK_PROXY_KEY is shorter than ${shortestKey} characters.`);
  redactor.add(key);
  return key;
}

function originOf({ origin }: Options): string | undefined {
  if (origin === undefined) return undefined;
  const url = URL.parse(String(origin));
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  throw usage(`--origin ${String(origin)} is not like https://console.example.com.`);
}

function ttlOf({ ttl }: Options): number {
  const ms = parseDuration(String(ttl));
  if (ms > 0 && ms <= parseDuration(longestTtl)) return ms;
  throw usage(`A token is good for ${longestTtl} at most, and not for ${String(ttl)}.`);
}

function listOf(given: Options[string]): string[] | null {
  return typeof given === 'string' ? given.split(',').map((one) => one.trim()) : null;
}

function refuseMore(who: string, wanted: readonly string[] | null, held: readonly string[]): void {
  const more = (wanted ?? []).filter((one) => !held.includes(one));
  if (more.length > 0) throw usage(`${who} does not have ${more.join(', ')} in rbac.yml.`);
}

function stateOf({ revokedAt, expiresAt }: Pick<TokenEntry, 'revokedAt' | 'expiresAt'>, now: Date): string {
  if (revokedAt !== null) return 'revoked';
  return Date.parse(expiresAt) > now.getTime() ? 'in force' : 'expired';
}

function usage(message: string): DrydockError {
  return new DrydockError('USAGE_CONSOLE', message, { hint: 'See `drydock console --help`.' });
}
