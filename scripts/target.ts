import { DrydockError } from '../ops/errors.ts';
import type { Target } from '../ops/postgres/index.ts';

/** The server, database and login that a connection URL names. */
export function targetOf(text: string | undefined): Target {
  const url = text === undefined ? null : URL.parse(text);
  const database = decodeURIComponent(url?.pathname.slice(1) ?? '');
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !url.hostname || !url.username || !database) {
    throw new DrydockError('USAGE_URL', 'There is no connection URL with a host, a user and a database.', {
      hint: 'Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE, best in DATABASE_URL: arguments can be seen by others.',
    });
  }
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  };
}
