import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../../ops/errors.ts';

const linesShown = 5;

/** JSON lines, written by the server from the moment its log collector runs. The name comes from `log_filename`. */
export function jsonLog(logDirectory: string): string {
  return join(logDirectory, 'server.json');
}

/** Plain text: what the server said before. Written by us beside the log folder, which is the server's. */
export function startupLog(logDirectory: string): string {
  return `${logDirectory}-startup.txt`;
}

/** The last lines that a server logged, as people read them. */
export async function lastLogLines(logDirectory: string): Promise<string[]> {
  const early = await linesOf(startupLog(logDirectory));
  const late = (await linesOf(jsonLog(logDirectory))).map(readable);
  return [...early, ...late].slice(-linesShown);
}

async function linesOf(file: string): Promise<string[]> {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  });
  // What follows the last line break is empty, or a line that is still being written.
  return content.split('\n').slice(0, -1);
}

function readable(line: string): string {
  const entry = JSON.parse(line) as { error_severity: string; message: string; detail?: string; hint?: string };
  return [`${entry.error_severity}:  ${entry.message}`, entry.detail, entry.hint].filter(Boolean).join(' ');
}
