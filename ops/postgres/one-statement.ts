import { faultAt } from './sql-error.ts';
import type { SqlFile, SqlSection } from './sql-file.ts';
import { parseScript } from './statements.ts';

/**
 * The statement of a file that holds one, without its semicolon, so that it can stand inside another.
 * @throws SqlError when there is another number of statements
 */
export async function oneStatement(file: SqlFile): Promise<SqlSection> {
  const statements = await parseScript(file.text);
  // what does not parse is the server's to explain
  if (!statements) return { text: file.text, start: 0 };
  const [first, second] = statements;
  if (!first) throw faultAt(file, 0, 'there is no statement in this file');
  if (second) throw faultAt(file, second.start, 'this file holds a second statement; it may hold one');
  return { text: first.text, start: first.start };
}
