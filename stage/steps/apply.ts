import { DrydockError } from '../../ops/errors.ts';
import {
  identifier,
  literal,
  parseScript,
  runFile,
  runStatement,
  type QueryResult,
  type Session,
  type SqlFile,
} from '../../ops/postgres/index.ts';
import { grantMissing, refuseUnknownObjects } from '../grants.ts';
import { expectedObjects, loadMigrations, type Migration } from '../migrations.ts';
import type { Step } from '../step.ts';

/** Applies what is not applied yet, each file once, in order, as its owner; then grants what the contract states. */
export const apply: Step = {
  name: 'apply',
  title: 'Apply the migrations, as the owners of the domains',

  async run(context) {
    const migrations = await loadMigrations(context.project);
    await using session = await context.connect();
    await noteExpectations(session, migrations);
    const pending = await pendingOf(session, migrations);
    let statements = 0;
    let grants = 0;
    let owner: string | undefined;
    for (const [done, migration] of pending.entries()) {
      // another owner builds on what was made before: a view needs its schemas and tables granted
      if (migration.as !== owner) grants += await grantMissing(session);
      owner = migration.as;
      context.progress(migration.file.path, { done, total: pending.length });
      statements += await applyOne(session, migration);
    }
    await refuseUnknownObjects(session);
    grants += await grantMissing(session);
    return {
      summary: `${pending.length} of ${migrations.length} migrations, ${statements} statements, ${grants} grants`,
      rows: pending.length,
    };
  },
};

/** Notes, before anything runs, which files and objects a complete staging has. */
async function noteExpectations(session: Session, migrations: Migration[]): Promise<void> {
  const objects = await expectedObjects(migrations.map(({ file }) => file));
  const files = migrations.map(({ file }) => ({ path: file.path, sha256: file.sha256, kind: 'migration' }));
  await session.transaction(async () => {
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
  });
}

async function pendingOf(session: Session, migrations: Migration[]): Promise<Migration[]> {
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

/** @returns the number of statements that ran */
async function applyOne(session: Session, { file, as }: Migration): Promise<number> {
  const startedAt = performance.now();
  const transactional = !/^-- drydock: no-transaction\b/m.test(file.text);
  const run = transactional ? runInTransaction : runOutsideTransaction;
  return run(session, file, as, () => logEntry(file, as, performance.now() - startedAt));
}

async function runInTransaction(session: Session, file: SqlFile, as: string, entry: () => string): Promise<number> {
  await session.script(`begin; set local role ${identifier(as)}`);
  try {
    const results = await runFile(session, file);
    requireDeclaredRows(file, results);
    await session.script(`reset role; ${entry()}; commit`);
    return results.length;
  } catch (error) {
    await session.query('rollback');
    throw error;
  }
}

/** Statement by statement, since several in one message are one transaction. */
async function runOutsideTransaction(
  session: Session,
  file: SqlFile,
  as: string,
  entry: () => string,
): Promise<number> {
  const statements = (await parseScript(file.text)) ?? [{ text: file.text, start: 0 }];
  await session.query(`set role ${identifier(as)}`);
  try {
    for (const { text, start } of statements) await runStatement(session, file, { section: { text, start } });
  } finally {
    await session.query('reset role');
  }
  await session.query(entry());
  return statements.length;
}

function logEntry(file: SqlFile, as: string, durationMs: number): string {
  const values = [file.path, file.sha256, as].map(literal).join(', ');
  return `insert into audit.migration_log (version, sha256, applied_by, duration_ms) values (${values}, ${durationMs.toFixed(3)})`;
}

const writingCommands = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** Under forced row-level security an UPDATE can touch nothing and say success, so data statements declare their rows. */
function requireDeclaredRows(file: SqlFile, results: QueryResult<unknown>[]): void {
  const writes = results.filter(({ command }) => writingCommands.has(command));
  const declared = /^-- drydock: rows (\d+)\s*$/m.exec(file.text)?.[1];
  if (writes.length === 0 && declared === undefined) return;
  const rows = writes.reduce((sum, { rowCount }) => sum + rowCount, 0);
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
