import { closeSync, fdatasyncSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../../ops/errors.ts';
import type { ToolEvent } from './event.ts';
import { rejectedFile, spoolFiles, type SpoolFile } from './file-names.ts';

/** An event, or a line that is none, that Postgres will never take, and why. */
export interface Rejection {
  readonly event?: ToolEvent;
  readonly line?: string;
  readonly reason: string;
}

/**
 * Puts rejections beside the file they came from, durably, before the cursor passes them. What is there already, beside
 * whichever file, is left out: a batch may come again after a crash, and a line may have moved to another file after a
 * failed sync.
 */
export class RejectFiles {
  /** Read when the first rejection comes: most directories never have one. */
  #known: Set<string> | undefined;

  /** @param path of the reject file */
  keep(path: string, rejections: readonly Rejection[], at: Date): void {
    if (rejections.length === 0) return;
    const known = (this.#known ??= identitiesBeside(dirname(path)));
    const fresh = rejections.filter((rejection) => !known.has(identityOf(rejection)));
    appendLines(
      path,
      fresh.map((rejection) => JSON.stringify({ at: at.toISOString(), ...rejection })),
    );
    for (const rejection of fresh) known.add(identityOf(rejection));
  }
}

function identitiesBeside(directory: string): Set<string> {
  return new Set(spoolFiles(directory).flatMap(readRejections).map(identityOf));
}

function appendLines(path: string, lines: readonly string[]): void {
  const descriptor = openSync(path, 'a+', 0o600);
  try {
    // what follows half a line, left by a crash, would be fused with it and lost
    const separator = endsInHalfALine(descriptor) ? '\n' : '';
    const bytes = Buffer.from(separator + lines.map((line) => `${line}\n`).join(''));
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function endsInHalfALine(descriptor: number): boolean {
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last.toString() !== '\n';
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
