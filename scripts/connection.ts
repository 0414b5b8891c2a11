import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { codeOf, DrydockError } from '../ops/errors.ts';
import { targetOfUrl, targetOfVariables, type Target } from '../ops/postgres/index.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where to log in, from the PG* variables, else from DATABASE_URL.
 * @param file an .env file that goes before the environment; PSQL_ENV names one too
 * @throws USAGE_ENV_FILE, USAGE_CONNECTION, USAGE_VARIABLES, USAGE_URL
 */
export async function connectionOf(env: Environment, file = env['PSQL_ENV']): Promise<Target> {
  const given = file ? await readEnvironment(file) : {};
  const all = { ...env, ...given };
  // a URL in the file goes before a host outside of it
  const host = given['DATABASE_URL'] ? given['PGHOST'] : all['PGHOST'];
  if (!host && all['DATABASE_URL']) return targetOfUrl(all['DATABASE_URL'], 'DATABASE_URL');
  const target = targetOfVariables(all);
  if (target) return target;
  throw new DrydockError('USAGE_CONNECTION', 'Nothing says where to log in.', {
    hint: 'Set PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD, or DATABASE_URL, or name a file of them with --env.',
  });
}

async function readEnvironment(file: string): Promise<Environment> {
  const given = parseEnv(await textOf(file));
  if (Object.keys(given).some((name) => name.startsWith('PG') || name === 'DATABASE_URL')) return given;
  // the login of the environment would be taken in its place, and lead to another database
  throw new DrydockError('USAGE_ENV_FILE', `${file} names no PG* variable, and no DATABASE_URL.`, {
    hint: 'Name the file that the hand-over wrote, for example .env.staging.',
  });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new DrydockError('USAGE_ENV_FILE', `Cannot read ${file}: ${codeOf(error)}.`, {
      hint: 'Name the file that the hand-over wrote, for example .env.staging.',
      cause: error,
    });
  }
}
