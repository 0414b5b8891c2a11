import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DrydockError, messageOf } from '../ops/errors.ts';
import type { Redactor } from '../ops/redact.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A secret as RDS keeps it: the address may stand in the environment instead. */
interface RdsSecret {
  readonly username?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: number | string;
  readonly dbname?: string;
}

const hint = 'Set DATABASE_URL, or DATABASE_SECRET_ARN of a secret that holds a URL or the JSON that RDS writes.';

/**
 * The URL of the database: DATABASE_URL, or the secret that DATABASE_SECRET_ARN names.
 * @throws USAGE_URL when neither is there or the secret is incomplete, SECRET_UNREADABLE when Secrets Manager refuses it
 */
export async function databaseUrl(env: Env, redactor: Redactor): Promise<string> {
  if (env['DATABASE_URL']) return env['DATABASE_URL'];
  const arn = env['DATABASE_SECRET_ARN'];
  if (!arn) throw new DrydockError('USAGE_URL', 'Neither DATABASE_URL nor DATABASE_SECRET_ARN is set.', { hint });
  const secret = await readSecret(arn);
  redactor.add(secret);
  return secret.trimStart().startsWith('{') ? urlOf(parsed(secret, arn), arn, env) : secret.trim();
}

async function readSecret(arn: string): Promise<string> {
  const client = new SecretsManagerClient();
  try {
    const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    if (text) return text;
  } catch (error) {
    throw new DrydockError('SECRET_UNREADABLE', `Secrets Manager did not give out ${arn}: ${messageOf(error)}.`, {
      hint: 'Give the function secretsmanager:GetSecretValue on it, and a way to Secrets Manager from its subnets.',
      cause: error,
    });
  } finally {
    client.destroy();
  }
  throw new DrydockError('SECRET_UNREADABLE', `The secret ${arn} holds no text.`, { hint });
}

/** The parser's own complaint would quote the secret. */
function parsed(secret: string, arn: string): RdsSecret {
  try {
    return JSON.parse(secret) as RdsSecret;
  } catch {
    throw new DrydockError('USAGE_URL', `The secret ${arn} begins like JSON and is none.`, { hint });
  }
}

function urlOf(secret: RdsSecret, arn: string, env: Env): string {
  const { username, password } = secret;
  const host = secret.host ?? env['DB_HOST'];
  const database = secret.dbname ?? env['DB_NAME'];
  if (!username || !password || !host || !database) {
    throw new DrydockError('USAGE_URL', `The secret ${arn} lacks username, password, host or dbname.`, {
      hint: 'Where RDS keeps no address in it, set DB_HOST, DB_PORT and DB_NAME on the function.',
    });
  }
  const url = new URL('postgres://localhost');
  url.hostname = host;
  url.port = String(secret.port ?? env['DB_PORT'] ?? 5432);
  url.username = encodeURIComponent(username);
  url.password = encodeURIComponent(password);
  url.pathname = encodeURIComponent(database);
  return url.href;
}
