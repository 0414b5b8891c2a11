import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { Session } from '../../ops/postgres/index.ts';
import type { Lease } from './lease.ts';
import { leaseQuery } from './queries.ts';

/** How it was shown that a lease is let in by its password only. */
export interface WaysIn {
  readonly verified: readonly string[];
  readonly notVerified: readonly string[];
}

interface Rule {
  readonly place: string;
  readonly rule: string;
  readonly isTrust: boolean;
}

const loopback = ['127.0.0.1', '::1', 'localhost'];

/**
 * Tries a lease with a wrong password over every way in that can be reached from here, and reads the server's rules
 * where that is allowed.
 * @param session the administrator's
 * @throws LEASE_TRUSTED when the server lets it in without its password: its end would end nothing
 */
export async function refuseTrust(session: Session, lease: Lease): Promise<WaysIn> {
  const hosts = [...new Set([lease.target.host, ...(await waysFromHere(session, lease))])];
  const tried = await Promise.all(hosts.map(async (host) => ({ host, asked: await asksForPassword(lease, host) })));
  const open = tried.find(({ asked }) => asked === false);
  if (open) throw trusted(lease, `a login with a wrong password succeeded over ${wayTo(open.host, lease)}`);
  const verified = tried.filter(({ asked }) => asked).map(({ host }) => `${wayTo(host, lease)} asks for its password`);
  const rules = await readRules(session, lease);
  return {
    verified: [...verified, ...(rules.length === 0 ? ['no rule of pg_hba.conf lets it in without'] : [])],
    notVerified: rules,
  };
}

async function waysFromHere(session: Session, { target }: Lease): Promise<string[]> {
  if (!loopback.includes(target.host)) return [];
  const { unix_socket_directories } = await session.row<{ unix_socket_directories: string }>(
    'show unix_socket_directories',
  );
  const folders = unix_socket_directories.split(',').map((folder) => folder.trim());
  const reachable = folders.filter((folder) => folder && existsSync(join(folder, `.s.PGSQL.${target.port}`)));
  return ['127.0.0.1', '::1', ...reachable];
}

/** @returns undefined when nobody answers there */
async function asksForPassword({ target }: Lease, host: string): Promise<boolean | undefined> {
  const wrong = randomBytes(16).toString('hex');
  try {
    await using _session = await Session.open(
      { ...target, host, password: wrong },
      { applicationName: 'drydock probe login' },
    );
    return false;
  } catch (error) {
    if (codeOf(error) === 'CONNECT_REFUSED') return true;
    if (codeOf(error) === 'CONNECT_FAILED') return undefined;
    throw error;
  }
}

/** @returns what the rules leave open, in words */
async function readRules(session: Session, lease: Lease): Promise<string[]> {
  const { allowed } = await session.row<{ allowed: boolean }>(
    "select pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'execute') as allowed",
  );
  if (!allowed) return [`pg_hba.conf was not read: ${session.target.user} may not`];
  const rules = await leaseQuery<Rule>(session, 'ways_in', [lease.role, lease.database]);
  const trust = rules.find(({ isTrust }) => isTrust);
  if (trust) throw trusted(lease, `${trust.place} says "${trust.rule}"`);
  return rules.map(({ place, rule }) => `${place} says "${rule}", which was not tried`);
}

function wayTo(host: string, { target }: Lease): string {
  return host.startsWith('/') ? `the socket in ${host}` : `${host}:${target.port}`;
}

function trusted({ role }: Lease, why: string): DrydockError {
  return new DrydockError('LEASE_TRUSTED', `The server lets ${role} in without its password: ${why}.`, {
    hint: 'Let pg_hba.conf ask for scram-sha-256 everywhere, reload it, and hand over again. Nothing was handed over.',
  });
}
