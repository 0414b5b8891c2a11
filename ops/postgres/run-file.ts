import type { QueryResult, Session } from './session.ts';
import { sqlErrorOf } from './sql-error.ts';
import type { SqlFile, SqlSection } from './sql-file.ts';

/** Sends a whole file as one message. @throws SqlError with file, line and column */
export async function runFile(session: Session, file: SqlFile): Promise<QueryResult<Record<string, unknown>>[]> {
  try {
    return await session.script(file.text);
  } catch (error) {
    throw await sqlErrorOf(error, file);
  }
}

/**
 * Runs one statement that stands in a file, or in a section of it.
 * @param text the statement as sent, when placeholders in it were filled in
 * @throws SqlError with file, line and column
 */
export async function runStatement<R = Record<string, unknown>>(
  session: Session,
  file: SqlFile,
  options: { section?: SqlSection; text?: string; values?: unknown[] } = {},
): Promise<QueryResult<R>> {
  const text = options.text ?? options.section?.text ?? file.text;
  try {
    return await session.query<R>(text, options.values);
  } catch (error) {
    throw await sqlErrorOf(error, file, options.section?.start ?? 0);
  }
}
