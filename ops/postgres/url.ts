import { DrydockError } from '../errors.ts';
import type { Target } from './session.ts';

const encryptions = ['disable', 'require', 'verify-full'] as const;
const loopback = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * Where a `postgres://user:password@host:port/database?sslmode=…` leads.
 * Without `sslmode`, TLS with a verified certificate is asked of every host but this one.
 * @param name where the URL was found: said in errors instead of the URL, which holds a password
 * @throws USAGE_URL
 */
export function targetOfUrl(url: string, name: string): Target {
  const parsed = URL.parse(url);
  const database = parsed && decodeURIComponent(parsed.pathname.slice(1));
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol) || !parsed.hostname || !parsed.username || !database) {
    throw usageOf(`${name} is not the URL of a Postgres database.`);
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const mode = parsed.searchParams.get('sslmode') ?? (loopback.has(host) ? 'disable' : 'verify-full');
  if (!(encryptions as readonly string[]).includes(mode)) {
    throw usageOf(`${name} asks for sslmode ${mode}; Drydock knows ${encryptions.join(', ')}.`);
  }
  return {
    host,
    port: Number(parsed.port || 5432),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database,
    ...(mode === 'disable' ? {} : { tls: { verify: mode === 'verify-full' ? 'full' : 'none' } }),
  };
}

function usageOf(message: string): DrydockError {
  return new DrydockError('USAGE_URL', message, {
    hint: 'Write it as postgres://USER:PASSWORD@HOST:5432/DATABASE, with ?sslmode=disable where there is no TLS.',
  });
}
