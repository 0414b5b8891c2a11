import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../ops/errors.ts';
import type { Session } from '../ops/postgres/index.ts';

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

const longestWaitMs = 5000;

const errorSeverities = new Set(['ERROR', 'FATAL', 'PANIC']);

/** Where the next whole line of the log will begin, in bytes. */
export async function endOfLog(logFile: string | undefined): Promise<number> {
  return ((await readLog(logFile))?.lastIndexOf('\n') ?? -1) + 1;
}

/**
 * Has the server log a line of ours and waits until it can be read: the collector writes in order, so whatever was logged
 * before can be read then too.
 * @returns false where the line does not come, and nobody can say that the log is whole
 */
export async function logIsWhole(session: Session, logFile: string): Promise<boolean> {
  const mark = `drydock read this log at ${randomUUID()}`;
  await session.query(`do $$ begin raise log '${mark}'; end $$`);
  for (const endsAt = performance.now() + longestWaitMs; performance.now() < endsAt; await sleep(5)) {
    if ((await readLog(logFile))?.includes(mark)) return true;
  }
  return false;
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
