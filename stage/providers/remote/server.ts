import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../../ops/builtin.ts';
import { DrydockError, messageOf } from '../../../ops/errors.ts';
import { identifier, readSqlFile, runStatement, Session } from '../../../ops/postgres/index.ts';

const oldest = 15;

interface ServerFacts {
  readonly version: string;
  readonly version_num: number;
  readonly is_standby: boolean;
  readonly missing: readonly string[];
}

/** Runs one of the files in ops/sql/remote. */
export async function remoteQuery<Row>(session: Session, name: string, values?: unknown[]): Promise<Row[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'remote', `${name}.sql`));
  const { rows } = await runStatement<Row>(session, file, values ? { values } : {});
  return rows;
}

/**
 * Looks at a server before anything is made on it.
 * @returns its version
 * @throws PROVIDER_REMOTE_VERSION, PROVIDER_REMOTE_STANDBY, PROVIDER_REMOTE_RIGHTS
 */
export async function requireUsable(session: Session): Promise<string> {
  const [facts] = await remoteQuery<ServerFacts>(session, 'server');
  const { version, version_num, is_standby, missing } = facts!;
  const where = whereIs(session);
  if (version_num < oldest * 10_000) {
    throw new DrydockError('PROVIDER_REMOTE_VERSION', `The server at ${where} is Postgres ${version}.`, {
      hint: `Rehearse on Postgres ${oldest} or later: FORCE, grants and views behave differently before.`,
    });
  }
  if (is_standby) {
    throw new DrydockError('PROVIDER_REMOTE_STANDBY', `The server at ${where} is a standby and takes no changes.`, {
      hint: 'Name the primary; better, a server of its own for rehearsals.',
    });
  }
  if (missing.length > 0) {
    const { user } = session.target;
    throw new DrydockError('PROVIDER_REMOTE_RIGHTS', `${user} at ${where} lacks ${missing.join(', ')}.`, {
      hint: `Have its owner say: alter role ${identifier(user)} ${missing.join(' ').toLowerCase()}. It needs no more.`,
    });
  }
  return version;
}

/**
 * Refuses a server that holds data of others.
 * @param allowed databases whose data is known and may be there
 * @throws PROVIDER_REMOTE_FOREIGN
 */
export async function refuseForeignData(session: Session, allowed: readonly string[]): Promise<void> {
  const { rows } = await session.query<{ name: string }>(
    'select datname as name from pg_catalog.pg_database where datallowconn order by datname',
  );
  const holding: string[] = [];
  for (const { name } of rows.filter((row) => !allowed.includes(row.name))) {
    const what = await contentOf(session, name);
    if (what) holding.push(`${name} (${what})`);
  }
  if (holding.length === 0) return;
  throw new DrydockError(
    'PROVIDER_REMOTE_FOREIGN',
    `The server at ${whereIs(session)} holds data that Drydock did not make: ${holding.join(', ')}.`,
    { hint: 'Use a server of its own for rehearsals, or name these databases in providers.remote.allowExisting.' },
  );
}

/** What speaks against a database: its tables, or that nobody can look. */
async function contentOf(session: Session, database: string): Promise<string | undefined> {
  try {
    await using inside = await session.beside('drydock remote', database);
    const [row] = await remoteQuery<{ relations: number }>(inside, 'foreign_relations');
    return row!.relations > 0 ? `${row!.relations} tables` : undefined;
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'CONNECT_REFUSED') return messageOf(error.cause);
    throw error;
  }
}

export function whereIs({ target: { host, port } }: Session): string {
  return `${host}:${port}`;
}
