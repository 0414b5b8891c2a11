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

/** Where the next whole line of the log will begin, in bytes. */
export async function endOfLog(logFile: string | undefined): Promise<number> {
  return ((await readLog(logFile))?.lastIndexOf('\n') ?? -1) + 1;
}

/**
 * The errors in a server's JSON log.
 * @param start the byte to read from, where a line begins
 * @returns undefined where there is no log to read
 */
export async function loggedErrors(logFile: string | undefined, start = 0): Promise<LoggedError[] | undefined> {
  const log = await readLog(logFile);
  return log
    ?.subarray(start)
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

async function readLog(logFile: string | undefined): Promise<Buffer | undefined> {
  if (!logFile) return undefined;
  return readFile(logFile).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}
