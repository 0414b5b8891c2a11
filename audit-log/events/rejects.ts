import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { codeOf } from '../../ops/errors.ts';
import type { ToolEvent } from './event.ts';
import { rejectedFile, type SpoolFile } from './file-names.ts';

/** An event, or a line that is none, that Postgres will never take, and why. */
export interface Rejection {
  readonly event?: ToolEvent;
  readonly line?: string;
  readonly reason: string;
}

/**
 * Puts rejections beside the file they came from, durably, before the cursor passes them. A batch may come again after
 * a crash, so what is there already is left out.
 */
export function keepRejections(file: SpoolFile, rejections: readonly Rejection[], at: Date): void {
  if (rejections.length === 0) return;
  const known = new Set(readRejections(file).map(identityOf));
  const fresh = rejections.filter((rejection) => !known.has(identityOf(rejection)));
  const lines = fresh.map((rejection) => `${JSON.stringify({ at: at.toISOString(), ...rejection })}\n`);
  const descriptor = openSync(rejectedFile(file), 'a', 0o600);
  try {
    writeSync(descriptor, lines.join(''));
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function readRejections(file: SpoolFile): Rejection[] {
  return textOf(rejectedFile(file))
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Rejection];
      } catch {
        return []; // a half line of a crash: its batch comes again
      }
    });
}

function identityOf({ event, line }: Rejection): string {
  return event?.event_id ?? line ?? '';
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
