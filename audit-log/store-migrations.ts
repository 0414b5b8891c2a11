import { codeOf, DrydockError, messageOf } from '../ops/errors.ts';
import { qualified, runFile, type Session, type SqlFile } from '../ops/postgres/index.ts';

/** The migrations of one of the stores that Drydock keeps in somebody's database. */
export interface StoreMigrations {
  readonly files: readonly SqlFile[];
  /** Table in schema drydock that says which are applied. */
  readonly log: string;
  /** Error code for an applied file that was edited. */
  readonly editedCode: string;
}

export interface AppliedMigrations {
  readonly applied: readonly string[];
  readonly present: readonly string[];
}

/** Applies what is missing, in the transaction that is open. One at a time on a database. */
export async function applyMigrations(
  session: Session,
  { files, log, editedCode }: StoreMigrations,
): Promise<AppliedMigrations> {
  const table = qualified('drydock', log);
  await session.query('select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext($1))', [log]);
  // stands before the first migration, so it cannot be one
  await session.script(`create schema if not exists drydock;
create table if not exists ${table} (file text primary key, sha256 text not null, applied_at timestamptz not null default now());
comment on table ${table} is 'Migrations applied to this database.'`);
  const { rows } = await session.query<{ file: string; sha256: string }>(`select file, sha256 from ${table}`);
  const known = new Map(rows.map(({ file, sha256 }) => [file, sha256]));
  const applied: string[] = [];
  for (const file of files) {
    refuseEdited(file, known.get(file.path), editedCode);
    if (known.has(file.path)) continue;
    await runFile(session, file);
    await session.query('reset role');
    await session.query(`insert into ${table} (file, sha256) values ($1, $2)`, [file.path, file.sha256]);
    applied.push(file.path);
  }
  return { applied, present: [...known.keys()] };
}

/**
 * Runs a migration of a store.
 * @throws DrydockError STORE_FORBIDDEN when the login may not make what it makes
 */
export async function migrating<T>({ target }: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = (error as Error).cause;
    if (codeOf(error) !== '42501' && codeOf(cause) !== '42501') throw error;
    throw new DrydockError(
      'STORE_FORBIDDEN',
      `${target.user} may not migrate the database ${target.database}: ${messageOf(error)}.`,
      { hint: 'Migrate as a superuser, or as the owner of the database with CREATEROLE.', cause: error },
    );
  }
}

function refuseEdited(file: SqlFile, applied: string | undefined, code: string): void {
  if (applied === undefined || applied === file.sha256) return;
  throw new DrydockError(code, `${file.path} was applied to this database and has been edited since.`, {
    hint: 'Restore the file, and put the change into a new one.',
  });
}
