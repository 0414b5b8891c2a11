import { DrydockError } from '../../../ops/errors.ts';
import { targetOfUrl, type Target } from '../../../ops/postgres/index.ts';

/** The database that work on a whole server is done from, as `createdb` and `dropdb` do. */
const serverDatabase = 'postgres';

const code = 'CONFIG_REMOTE_URL';
const name = 'The URL of the remote server';
const hint =
  'ops/drydock.yaml shows at providers.remote how it is written: special characters as %XX, and no database, ' +
  'because Drydock makes the one of drydock.yaml and drops it.';

/**
 * Where the URL of a whole server leads: TLS is `verify-full` unless it says otherwise, on this machine too.
 * @throws CONFIG_REMOTE_URL, which never shows the password
 */
export function parseRemoteUrl(url: string): Target {
  const rules = { database: serverDatabase, alwaysTls: true, strict: true, code, hint };
  const target = targetOfUrl(url, name, rules);
  if (target.database === serverDatabase) return target;
  throw new DrydockError(code, `${name} names the database ${target.database}.`, { hint });
}
