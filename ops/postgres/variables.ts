import { DrydockError } from '../errors.ts';
import type { Target } from './session.ts';
import { modeOf, tlsFrom, unsaidMode } from './tls.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Where the PG* variables lead, PGSSLMODE and PGSSLROOTCERT among them. Without PGSSLMODE it is as with a URL that has no
 * `sslmode`: TLS with a verified certificate is asked of every host but this one.
 * @param unsaid user and database where the variables name none
 * @returns undefined when PGHOST is not set
 * @throws USAGE_VARIABLES
 */
export function targetOfVariables(
  { PGHOST: host, PGPORT, PGUSER, PGPASSWORD: password = '', PGDATABASE, PGSSLMODE, PGSSLROOTCERT }: Variables,
  unsaid: { readonly user?: string; readonly database?: string } = {},
): Target | undefined {
  if (!host) return undefined;
  const user = PGUSER || unsaid.user;
  if (!user) throw wrong('names no user');
  const port = Number(PGPORT || 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw wrong(`names the port ${PGPORT}`);
  const tls = tlsFrom(PGSSLMODE || unsaidMode(host), PGSSLROOTCERT || undefined, wrong);
  return { host, port, user, password, database: PGDATABASE || (unsaid.database ?? user), ...(tls && { tls }) };
}

/** The variables that lead to a target, for psql and every other client: with the password. */
export function variablesOf({ host, port, user, password, database, tls }: Target): Record<string, string> {
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database,
    PGUSER: user,
    PGPASSWORD: password,
    ...(modeOf(tls) !== unsaidMode(host) && { PGSSLMODE: modeOf(tls) }),
    ...(tls?.caFile && { PGSSLROOTCERT: tls.caFile }),
  };
}

function wrong(what: string): DrydockError {
  return new DrydockError('USAGE_VARIABLES', `The PG* environment ${what}.`, {
    hint: 'Set PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD; PGSSLMODE=disable where the server has no TLS.',
  });
}
