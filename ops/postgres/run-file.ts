import { unchanged, type Rewritten } from './rewritten.ts';
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
 * @param options.sent the statement as it is sent, when that is not how it stands in the file
 * @throws SqlError with file, line and column
 */
export async function runStatement<R = Record<string, unknown>>(
  session: Session,
  file: SqlFile,
  options: { section?: SqlSection; sent?: Rewritten; values?: unknown[] } = {},
): Promise<QueryResult<R>> {
  const { section = { text: file.text, start: 0 }, sent = unchanged(section), values } = options;
  try {
    return await session.query<R>(sent.text, values);
  } catch (error) {
    throw await sqlErrorOf(error, file, sent);
  }
}
