import { readFile } from 'node:fs/promises';
import { codeOf } from '../ops/errors.ts';

/** An error that the server wrote down. */
export interface LoggedError {
  readonly application: string;
  readonly user: string;
  readonly sqlstate: string;
  readonly message: string;
}

interface LogLine {
  readonly error_severity?: string;
  readonly application_name?: string;
  readonly user?: string;
  readonly state_code?: string;
  readonly message?: string;
}

const errorSeverities = new Set(['ERROR', 'FATAL', 'PANIC']);

/** A server's JSON log, from a line on. */
export interface ServerLog {
  readonly file: string;
  /** The byte at which that line begins. */
  readonly start: number;
}

/** The log from now on. @returns undefined where there is none that can be read from here */
export async function logFromNow(file: string | undefined): Promise<ServerLog | undefined> {
  if (!file) return undefined;
  const content = await readLog(file);
  return { file, start: (content?.lastIndexOf('\n') ?? -1) + 1 };
}

/** The errors in a server's log. @returns undefined where there is no log to read */
export async function loggedErrors(log: ServerLog | undefined): Promise<LoggedError[] | undefined> {
  if (!log) return undefined;
  const content = await readLog(log.file);
  return content
    ?.subarray(log.start)
    .toString()
    .split('\n')
    .slice(0, -1) // after the last line break stands nothing, or a line that is still being written
    .map((line) => JSON.parse(line) as LogLine)
    .filter(({ error_severity }) => errorSeverities.has(error_severity ?? ''))
    .map((line) => ({
      application: line.application_name ?? '',
      user: line.user ?? '',
      sqlstate: line.state_code ?? '',
      message: line.message ?? '',
    }));
}

async function readLog(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}
