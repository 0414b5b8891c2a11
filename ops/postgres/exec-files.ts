import { DrydockError } from '../errors.ts';
import { runFile } from './run-file.ts';
import type { Session } from './session.ts';
import { faultAt } from './sql-error.ts';
import type { SqlFile } from './sql-file.ts';
import { parseScript } from './statements.ts';

/** What one file came to. */
export interface ExecutedFile {
  readonly file: string;
  /** Rows returned or changed by its statements, together. */
  readonly rows: number;
  readonly statements: number;
  /** Why it was taken back; null when it was not. */
  readonly error: Error | null;
}

export interface Execution {
  readonly files: readonly ExecutedFile[];
  readonly rows: number;
  /** Whether anything was kept: all of it, or with `stopOnError: false` the files without an error. */
  readonly committed: boolean;
}

const transactionCommands = new Set(['BEGIN', 'COMMIT', 'ROLLBACK', 'PREPARE', 'START']);

/**
 * Runs SQL files in one transaction, in the order given.
 * @param options.stopOnError without it a file that fails is taken back by itself, and the others are kept
 * @throws what the first failing file threw, everything having been taken back; EXEC_TRANSACTION when a file ended the
 *   transaction on its own
 */
export async function execFiles(
  session: Session,
  files: readonly SqlFile[],
  { stopOnError }: { stopOnError: boolean },
): Promise<Execution> {
  for (const file of files) await refuseControl(file);
  await session.query('begin');
  const executed: ExecutedFile[] = [];
  for (const file of files) {
    const result = await execOne(session, file);
    if (result.error && stopOnError) {
      await session.query('rollback');
      throw result.error;
    }
    executed.push(result);
  }
  await session.query('commit');
  const rows = executed.reduce((sum, file) => sum + file.rows, 0);
  return { files: executed, rows, committed: executed.some(({ error }) => error === null) };
}

async function execOne(session: Session, file: SqlFile): Promise<ExecutedFile> {
  await session.query('savepoint drydock_file');
  try {
    const results = await runFile(session, file);
    if (results.some(({ command }) => transactionCommands.has(command))) throw endedTransaction(file);
    await session.query('release savepoint drydock_file');
    const rows = results.reduce((sum, { rowCount }) => sum + rowCount, 0);
    const statements = results.filter(({ command }) => command).length; // nothing but comments is answered too
    return { file: file.path, rows, statements, error: null };
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'EXEC_TRANSACTION') throw error;
    // a connection that is gone took everything back, and the first error says why it went
    const takenBack = session.query('rollback to savepoint drydock_file');
    await takenBack.catch((lost: unknown) => Promise.reject(session.isOpen ? lost : error));
    return { file: file.path, rows: 0, statements: 0, error: error as Error };
  }
}

/** Said before anything runs, where the parser is at hand. */
async function refuseControl(file: SqlFile): Promise<void> {
  const control = (await parseScript(file.text))?.find(({ kind }) => kind === 'TransactionStmt');
  if (!control) return;
  throw faultAt(file, control.start, 'the files run in one transaction, which this would end', {
    hint: 'Remove begin, commit and rollback from the file.',
  });
}

function endedTransaction({ path }: SqlFile): DrydockError {
  return new DrydockError('EXEC_TRANSACTION', `${path} began or ended a transaction: what came before may be kept.`, {
    hint: 'Look at what is in the database, and remove begin, commit and rollback from the file.',
  });
}
