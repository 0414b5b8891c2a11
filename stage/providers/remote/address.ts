import { readFile } from 'node:fs/promises';
import { codeOf, DrydockError } from '../../../ops/errors.ts';
import type { Target, Tls } from '../../../ops/postgres/index.ts';

/** The database that work on a whole server is done from, as `createdb` and `dropdb` do. */
export const serverDatabase = 'postgres';

const tlsModes: Record<string, Tls['verify'] | undefined> = {
  'verify-full': 'full',
  'verify-ca': 'ca',
  require: 'none',
};
const knownParameters = ['sslmode', 'sslrootcert'];

/**
 * Reads `postgres://user:password@host:port/?sslmode=…&sslrootcert=…`, in the words of libpq. TLS is `verify-full`
 * unless the URL says otherwise; the modes that fall back to plain text without a word are refused.
 * @throws CONFIG_REMOTE_URL, which never shows the password
 */
export async function parseRemoteUrl(url: string): Promise<Target> {
  const { protocol, hostname, port, username, password, pathname, searchParams } = parse(url);
  if (!['postgres:', 'postgresql:'].includes(protocol)) throw wrong(`begins with ${protocol}`);
  if (!hostname) throw wrong('names no host');
  if (!username || !password) throw wrong('lacks the user or the password');
  const database = decoded(pathname.slice(1)) || serverDatabase;
  if (database !== serverDatabase) throw wrong(`names the database ${database}`);
  const unknown = [...searchParams.keys()].find((key) => !knownParameters.includes(key));
  if (unknown) throw wrong(`has the parameter ${unknown}; known are ${knownParameters.join(' and ')}`);
  const tls = await tlsFrom(searchParams);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 5432),
    user: decoded(username),
    password: decoded(password),
    database,
    ...(tls && { tls }),
  };
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw wrong('is not a URL'); // the cause would show the password
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong('has a % that begins no escape; write it as %25');
  }
}

async function tlsFrom(parameters: URLSearchParams): Promise<Tls | undefined> {
  const mode = parameters.get('sslmode') ?? 'verify-full';
  if (mode === 'disable') return undefined;
  const verify = tlsModes[mode];
  if (!verify) throw wrong(`has sslmode=${mode}; known are ${Object.keys(tlsModes).join(', ')} and disable`);
  const file = parameters.get('sslrootcert');
  return { verify, ...(file && { ca: await readCertificates(file) }) };
}

async function readCertificates(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw wrong(`names the certificate file ${file}, which cannot be read: ${codeOf(error)}`);
  });
  // with no certificate in it Node would trust nobody, and say only that the issuer is unknown
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw wrong(`names ${file}, which holds no PEM certificate`);
  return text;
}

function wrong(what: string): DrydockError {
  return new DrydockError('CONFIG_REMOTE_URL', `The URL of the remote server ${what}.`, {
    hint:
      'ops/drydock.yaml shows at providers.remote how it is written: special characters as %XX, and no database, ' +
      'because Drydock makes the one of drydock.yaml and drops it.',
  });
}
