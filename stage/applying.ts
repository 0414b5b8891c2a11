import { DrydockError } from '../ops/errors.ts';
import {
  identifier,
  literal,
  runStatement,
  ScriptFailure,
  sqlErrorOf,
  type Session,
  type StatementNode,
} from '../ops/postgres/index.ts';
import { endConfinement, runConfined, statementsOf, type Part, type Ran } from './confined/index.ts';
import { grantMissing } from './grants.ts';
import { expectedObjects, type Migration } from './migrations.ts';

/** Notes, before anything runs, which files and objects a complete database has. Call it in a transaction. */
export async function noteExpectations(session: Session, migrations: readonly Migration[]): Promise<void> {
  const objects = await expectedObjects(migrations.map(({ file }) => file));
  const files = migrations.map(({ file }) => ({ path: file.path, sha256: file.sha256, kind: 'migration' }));
  await session.query("delete from drydock.expected_file where kind = 'migration'");
  await session.query('delete from drydock.expected_object');
  await session.query(
    'insert into drydock.expected_file select * from jsonb_populate_recordset(null::drydock.expected_file, $1)',
    [JSON.stringify(files)],
  );
  await session.query(
    'insert into drydock.expected_object select * from jsonb_populate_recordset(null::drydock.expected_object, $1)',
    [JSON.stringify(objects)],
  );
}

/**
 * The migrations that a database does not have yet, in order.
 * @throws MIGRATION_EDITED when one that it has is another file now
 */
export async function pendingOf(session: Session, migrations: readonly Migration[]): Promise<Migration[]> {
  const log = await session.query<{ version: string; sha256: string }>(
    'select version, sha256 from audit.migration_log',
  );
  const applied = new Map(log.rows.map(({ version, sha256 }) => [version, sha256]));
  for (const { file } of migrations) {
    const before = applied.get(file.path);
    if (before && before !== file.sha256) {
      throw new DrydockError('MIGRATION_EDITED', `${file.path} was edited after it was applied.`, {
        hint: 'Restore it, and write a new migration for what has to change.',
      });
    }
  }
  return migrations.filter(({ file }) => !applied.has(file.path));
}

/** Applies one migration. @returns the number of statements that ran */
export type Apply = (session: Session, migration: Migration) => Promise<number>;

/** Applies migrations in order, granting what the contract states between owners. */
export async function applyInOrder(
  session: Session,
  pending: readonly Migration[],
  apply: Apply,
  progress: (migration: Migration, done: number) => void = () => {},
): Promise<{ statements: number; grants: number }> {
  let statements = 0;
  let grants = 0;
  let owner: string | undefined;
  for (const [done, migration] of pending.entries()) {
    // another owner builds on what was made before: a view needs its schemas and tables granted
    if (migration.as !== owner) {
      await endConfinement(session);
      grants += await grantMissing(session);
    }
    owner = migration.as;
    progress(migration, done);
    statements += await apply(session, migration);
  }
  await endConfinement(session);
  return { statements, grants };
}

/** Whether a migration can share a transaction. `-- drydock: no-transaction` says that it cannot. */
export function isTransactional({ file }: Migration): boolean {
  return !/^-- drydock: no-transaction\b/m.test(file.text);
}

/** Applies a migration in a transaction of its own, or in none where it cannot run in one. */
export const applyAlone: Apply = (session, migration) =>
  isTransactional(migration)
    ? session.transaction(() => applyWithin(session, migration))
    : applyOutsideTransaction(session, migration);

/** Applies a migration inside the open transaction, as the owner of its folder. */
export const applyWithin: Apply = async (session, { file, as }) => {
  const startedAt = performance.now();
  const results = await runConfined(session, file, as);
  requireDeclaredRows(file, results);
  await secureAndLog(session, { file, as }, startedAt);
  return results.length;
};

/** Statement by statement: what cannot run in a transaction alone, everything else in one of its own. */
export const applyOutsideTransaction: Apply = async (session, { file, as }) => {
  const startedAt = performance.now();
  const statements = await statementsOf(file);
  await session.query(`set role ${identifier(as)}`);
  try {
    for (const statement of statements) {
      if (standsAlone(statement)) await runStatement(session, file, { section: statement });
      else await session.transaction(() => runConfined(session, file, as, [statement]));
    }
  } finally {
    await session.query('reset role');
    await endConfinement(session);
  }
  await secureAndLog(session, { file, as }, startedAt);
  return statements.length;
};

/** In one message, as whoever the session is. Where an event trigger has secured the tables of the file, that is done already. */
async function secureAndLog(session: Session, { file, as }: Migration, startedAt: number): Promise<void> {
  const entry = logEntry({ file, as }, performance.now() - startedAt);
  try {
    await session.script(`reset role; select drydock.secure_tables(); ${entry}`);
  } catch (error) {
    // the message is ours, so nothing in the file is the place of it
    throw await sqlErrorOf(error instanceof ScriptFailure ? error.cause : error, file);
  }
}

function logEntry({ file, as }: Migration, durationMs: number): string {
  const values = [file.path, file.sha256, as].map(literal).join(', ');
  return `insert into audit.migration_log (version, sha256, applied_by, duration_ms) values (${values}, ${durationMs.toFixed(3)})`;
}

/** Whether the server refuses it in a transaction. None of these calls a function as anybody but the table's owner. */
function standsAlone({ kind, node }: Part): boolean {
  return neverShared.has(kind) || node['concurrent'] === true || (node['cmds'] ?? []).some(detachesConcurrently);
}

const neverShared = new Set(['VacuumStmt', 'ReindexStmt', 'ClusterStmt']);

function detachesConcurrently(command: StatementNode): boolean {
  return command['AlterTableCmd']?.def?.PartitionCmd?.concurrent === true;
}

const writingKinds = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** Under forced row-level security an UPDATE can touch nothing and say success, so data statements declare their rows. */
function requireDeclaredRows(file: Migration['file'], results: readonly Ran[]): void {
  const writes = results.filter(({ kind }) => writingKinds.has(kind));
  const declared = /^-- drydock: rows (\d+)\s*$/m.exec(file.text)?.[1];
  if (writes.length === 0 && declared === undefined) return;
  const rows = writes.reduce((sum, write) => sum + write.rows, 0);
  if (declared === undefined) {
    throw new DrydockError(
      'MIGRATION_ROWS_UNDECLARED',
      `${file.path} changes data (${rows} rows) without saying how much.`,
      {
        hint: `Write "-- drydock: rows ${rows}" in its header if that is right, or move the data into a backfill.`,
      },
    );
  }
  if (Number(declared) !== rows) {
    throw new DrydockError('MIGRATION_ROWS_WRONG', `${file.path} changed ${rows} rows; it declares ${declared}.`, {
      hint: 'Look for a missing policy: under forced row-level security rows without one are not touched.',
    });
  }
}
