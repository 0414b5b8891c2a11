import { DrydockError } from '../errors.ts';
import type { Target } from './session.ts';
import { modeOf, tlsFrom, unsaidMode } from './tls.ts';

/** What a URL may leave out, and how it is refused. */
export interface UrlRules {
  /** Taken when the URL names no database; without it the URL has to. */
  readonly database?: string;
  /** Whether TLS is asked of this machine too when the URL says nothing about it. */
  readonly alwaysTls?: boolean;
  /** Whether the password has to be in it, and nothing that Drydock does not know. */
  readonly strict?: boolean;
  readonly code?: string;
  readonly hint?: string;
}

const knownParameters = ['sslmode', 'sslrootcert'];
const form =
  'Write it as postgres://USER:PASSWORD@HOST:5432/DATABASE, with ?sslmode=disable where there is no TLS, special ' +
  'characters as %XX; best in a variable, because arguments can be seen by others.';

/**
 * Where a `postgres://user:password@host:port/database?sslmode=…&sslrootcert=…` leads, in the words of libpq.
 * Without `sslmode` TLS with a verified certificate is asked of every host but this one; the modes that fall back to plain
 * text without a word are refused.
 * @param name where the URL was found: said in errors instead of the URL, which holds a password
 * @throws USAGE_URL, or the code of the rules
 */
export function targetOfUrl(url: string | undefined, name: string, rules: UrlRules = {}): Target {
  const wrong = (what: string) =>
    new DrydockError(rules.code ?? 'USAGE_URL', `${name} ${what}.`, { hint: rules.hint ?? form });
  if (!url) throw wrong('is not set');
  const parsed = URL.parse(url);
  if (!parsed) throw wrong('is not a URL'); // a cause would show the password
  const { protocol, hostname, port, searchParams } = parsed;
  if (!['postgres:', 'postgresql:'].includes(protocol)) throw wrong(`begins with ${protocol}, not with postgres:`);
  if (!hostname) throw wrong('names no host');
  const [user, password, path] = [parsed.username, parsed.password, parsed.pathname.slice(1)].map((part) =>
    decoded(part, wrong),
  ) as [string, string, string];
  if (!user || (rules.strict && !password)) throw wrong(`lacks the user${rules.strict ? ' or the password' : ''}`);
  const database = path || rules.database;
  if (!database) throw wrong('names no database');
  const unknown = [...searchParams.keys()].find((key) => !knownParameters.includes(key));
  if (rules.strict && unknown) throw wrong(`has the parameter ${unknown}; known are ${knownParameters.join(' and ')}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  const mode = searchParams.get('sslmode') ?? (rules.alwaysTls ? 'verify-full' : unsaidMode(host));
  const tls = tlsFrom(mode, searchParams.get('sslrootcert') ?? undefined, wrong);
  return { host, port: Number(port || 5432), user, password, database, ...(tls && { tls }) };
}

/** The URL of a target, its password in it: never print it but on purpose. */
export function urlOfTarget({ host, port, user, password, database, tls }: Target): string {
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const words = {
    ...(modeOf(tls) !== unsaidMode(host) && { sslmode: modeOf(tls) }),
    ...(tls?.caFile && { sslrootcert: tls.caFile }),
  };
  const query = Object.entries(words).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `postgresql://${login}@${place}/${encodeURIComponent(database)}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

type Refusal = (what: string) => DrydockError;

function decoded(part: string, wrong: Refusal): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong('has a % that begins no escape; write it as %25');
  }
}
