import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import type { SnapshotPlan } from '../ops/config/index.ts';
import { codeOf, DrydockError } from '../ops/errors.ts';
import type { Target } from '../ops/postgres/index.ts';
import type { Io } from './io.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A database to audit, and where its tables are that are named without a schema. */
export interface AuditedDatabase {
  readonly target: Target;
  readonly schema: string;
}

const needed = ['DB_HOST', 'DB_PORT', 'DB_USER', 'DB_PASSWORD', 'DB_NAME'];
const modes = ['disable', 'require', 'verify-ca', 'verify-full'] as const;

/**
 * Where to audit, from the DB_* keys of an env file or of the environment. The file is parsed and never run by a shell.
 * @throws USAGE_ENV_FILE, or USAGE_CONNECTION that lists every key that is missing or wrong
 */
export async function databaseOfEnv(io: Io, file: string | undefined): Promise<AuditedDatabase> {
  const env: Env = file === undefined ? io.env : await readEnvironment(file);
  io.redactor.add(env['DB_PASSWORD'] ?? '');
  const mode = env['DB_SSL_MODE'] || 'verify-full';
  const missing = needed.filter((key) => !env[key]).map((key) => `${key} is not set`);
  const port = Number(env['DB_PORT']);
  const problems = [
    ...missing,
    ...(env['DB_PORT'] && !(Number.isInteger(port) && port > 0 && port < 65_536) ? ['DB_PORT is no port'] : []),
    ...(isMode(mode) ? [] : [`DB_SSL_MODE is none of ${modes.join(', ')}`]),
  ];
  if (problems.length > 0) {
    throw new DrydockError(
      'USAGE_CONNECTION',
      `${file ?? 'The environment'} does not say where to log in: ${problems.join('; ')}.`,
      {
        hint: `Set ${needed.join(', ')}; DB_SCHEMA, DB_SSL_MODE and DB_SSL_ROOT_CERT as needed.`,
      },
    );
  }
  const ca = env['DB_SSL_ROOT_CERT'] && (await readCertificate(env['DB_SSL_ROOT_CERT']));
  return {
    target: {
      host: env['DB_HOST']!,
      port,
      user: env['DB_USER']!,
      password: env['DB_PASSWORD']!,
      database: env['DB_NAME']!,
      ...(isMode(mode) && mode !== 'disable' && { tls: { verify: verified[mode], ...(ca && { ca }) } }),
    },
    schema: env['DB_SCHEMA'] || 'public',
  };
}

/** The salt of masked values, from the variable that a plan names. */
export function maskSaltOf(io: Io, { maskSaltFrom }: SnapshotPlan): string | undefined {
  const salt = maskSaltFrom === undefined ? undefined : io.env[maskSaltFrom];
  if (salt) io.redactor.add(salt);
  return salt;
}

const verified = { require: 'none', 'verify-ca': 'ca', 'verify-full': 'full' } as const;

function isMode(text: string): text is (typeof modes)[number] {
  return (modes as readonly string[]).includes(text);
}

async function readEnvironment(file: string): Promise<Env> {
  return parseEnv(await readOr(file, 'Name the file of DB_* keys with --env.'));
}

function readCertificate(file: string): Promise<string> {
  return readOr(file, 'Let DB_SSL_ROOT_CERT name the certificate of the authority to trust, as PEM.');
}

async function readOr(file: string, hint: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new DrydockError('USAGE_ENV_FILE', `Cannot read ${file}: ${codeOf(error)}.`, { hint, cause: error });
  }
}
