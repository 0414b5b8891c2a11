import { resolve } from 'node:path';
import { counted } from '../ops/counted.ts';
import { exitCodes } from '../ops/errors.ts';
import { execFiles, readSqlFile, Session, SqlError, type ExecutedFile } from '../ops/postgres/index.ts';
import { connectionOf } from './connection.ts';
import type { Io } from './io.ts';
import { printError } from './print-error.ts';
import { jsonLine } from './render/json.ts';

export interface ExecOptions {
  readonly env: string | undefined;
  readonly stopOnError: boolean;
  readonly json: boolean;
}

/** Runs SQL files in one transaction, and prints the rows of each and of all. @returns the exit code */
export async function exec(io: Io, files: readonly string[], { env, stopOnError, json }: ExecOptions): Promise<number> {
  const target = await connectionOf(io.env, env);
  io.redactor.add(target.password);
  const read = await Promise.all(files.map((file) => readSqlFile(io.cwd, resolve(io.cwd, file))));
  await using session = await Session.open(target, { applicationName: 'drydock exec', cancel: io.signal });
  const { files: executed, rows } = await execFiles(session, read, { stopOnError });
  const failed = executed.filter(({ error }) => error !== null);
  if (json) io.out(jsonLine({ files: executed.map(withMessage), rows }));
  else io.out([...executed.map(lineOf), inAll(rows, executed.length - failed.length), ''].join('\n'));
  for (const { error } of failed) printError(error, io);
  return failed.length > 0 ? exitCodes.failed : exitCodes.go;
}

function lineOf({ file, rows, statements, error }: ExecutedFile): string {
  return error ? `${file}: taken back` : `${file}: ${counted(rows, 'row')}, ${counted(statements, 'statement')}`;
}

function inAll(rows: number, files: number): string {
  return `${counted(rows, 'row')} in ${counted(files, 'file')}`;
}

function withMessage({ error, ...file }: ExecutedFile): object {
  return {
    ...file,
    error: error && { message: error.message, excerpt: error instanceof SqlError ? error.excerpt : null },
  };
}
