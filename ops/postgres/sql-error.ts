import { codeOf, DrydockError, messageOf } from '../errors.ts';
import { unchanged, type Rewritten } from './rewritten.ts';
import { ScriptFailure } from './script.ts';
import type { SqlFile } from './sql-file.ts';
import { parseScript, utf16Offset } from './statements.ts';

export interface SqlLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** An error in somebody's SQL: where it is, what Postgres said, and the line with a caret under the spot. */
export class SqlError extends DrydockError {
  readonly location: SqlLocation;
  readonly excerpt: string;
  readonly sqlstate: string | undefined;

  constructor(message: string, location: SqlLocation, excerpt: string, hint: string | undefined, cause: unknown) {
    super('SQL_FAILED', message, { hint, cause });
    this.location = location;
    this.excerpt = excerpt;
    this.sqlstate = codeOf(cause);
  }
}

/**
 * Turns what the server said about a file into an SqlError. Anything else is given back unchanged.
 * @param sent what was sent of the file; by default all of it
 */
export async function sqlErrorOf(
  error: unknown,
  file: SqlFile,
  sent: Rewritten = unchanged({ text: file.text, start: 0 }),
): Promise<unknown> {
  const cause = error instanceof ScriptFailure ? error.cause : error;
  if (!isServerError(cause)) return cause;
  const completed = error instanceof ScriptFailure ? error.completed : 0;
  const offset = sent.offsetInFile(await offsetOfError(cause, sent.text, completed));
  return sqlErrorAt(file, offset, cause);
}

interface ServerError extends Error {
  readonly severity: string;
  readonly code: string;
  /** Points into the text that was sent, counted in characters from 1. */
  readonly position?: string;
  /** Points into a query that a function made; `internalQuery` is that query. */
  readonly internalPosition?: string;
  readonly internalQuery?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
}

function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'severity' in error && typeof codeOf(error) === 'string';
}

/** Without a pointer of the server's, the start of the failing statement has to do. */
async function offsetOfError(error: ServerError, sent: string, completed: number): Promise<number> {
  const pointed = error.position ? utf16Offset(sent, Number(error.position) - 1) : offsetInside(error, sent);
  if (pointed !== undefined) return pointed;
  const statements = await parseScript(sent);
  return statements?.[completed]?.start ?? 0;
}

/** Where a function ran what was sent inside a query of its own, the server points into that query. */
function offsetInside({ internalPosition, internalQuery = '' }: ServerError, sent: string): number | undefined {
  const start = internalQuery.indexOf(sent);
  if (!internalPosition || start < 0) return undefined;
  const offset = utf16Offset(internalQuery, Number(internalPosition) - 1) - start;
  return offset >= 0 && offset <= sent.length ? offset : undefined;
}

function sqlErrorAt(file: SqlFile, offset: number, error: ServerError): SqlError {
  const said = [error.message, error.detail, firstLine(error.where)].filter(Boolean).join('; ');
  return faultAt(file, offset, `${said} (${error.code})`, { hint: error.hint, cause: error });
}

/** An SqlError of our own, about the spot of a file at `offset`. */
export function faultAt(
  file: SqlFile,
  offset: number,
  said: string,
  options: { hint?: string | undefined; cause?: unknown } = {},
): SqlError {
  const before = file.text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const location = { file: file.path, line, column };
  const message = `${file.path}:${line}:${column}: ${said}`;
  return new SqlError(message, location, excerptOf(file.text, line, column), options.hint, options.cause);
}

function excerptOf(text: string, line: number, column: number): string {
  const source = text.split(/\r?\n/)[line - 1] ?? '';
  const margin = `${line} | `;
  const pad = source.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${margin}${source}\n${' '.repeat(margin.length)}${pad}^`;
}

function firstLine(text: string | undefined): string | undefined {
  return text?.split('\n')[0];
}

/** What Postgres said, on one line, for errors that no file can be blamed for. */
export function serverMessage(error: unknown): string {
  return isServerError(error) ? `${error.message} (${error.code})` : messageOf(error);
}
