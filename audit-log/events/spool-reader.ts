import { closeSync, openSync, readSync } from 'node:fs';
import { codeOf, messageOf } from '../../ops/errors.ts';
import { parseEvent, type ToolEvent } from './event.ts';
import type { SpoolFile } from './file-names.ts';

/** What a stretch of a spool file says. */
export interface Stretch {
  readonly events: readonly ToolEvent[];
  /** Lines that are no events, and why: blocks that a power cut left, or somebody's editor. */
  readonly damaged: readonly { readonly line: string; readonly reason: string }[];
  /** Where the next stretch begins, in bytes. */
  readonly end: number;
}

const newline = 10;
const chunk = 1024 * 1024;

/** Reads whole lines from `offset`, about a megabyte of them. A half line at the end is left for later. */
export function readStretch(file: SpoolFile, offset: number): Stretch {
  let bytes = readAt(file.path, offset, chunk);
  let last = bytes.lastIndexOf(newline);
  // damage can join lines into one that is longer than any event
  for (let size = chunk; last < 0 && bytes.length === size; last = bytes.lastIndexOf(newline)) {
    bytes = readAt(file.path, offset, (size *= 4));
  }
  const events: ToolEvent[] = [];
  const damaged: { line: string; reason: string }[] = [];
  for (const line of bytes
    .subarray(0, last + 1)
    .toString()
    .split('\n')) {
    if (line === '') continue;
    try {
      events.push(parseEvent(JSON.parse(line)));
    } catch (error) {
      damaged.push({ line, reason: messageOf(error) });
    }
  }
  return { events, damaged, end: offset + last + 1 };
}

/** Every stretch of a file from an offset to its present end. */
export function* stretchesOf(file: SpoolFile, offset = 0): Generator<Stretch> {
  for (let from = offset; ;) {
    const stretch = readStretch(file, from);
    if (stretch.end === from) return;
    yield stretch;
    from = stretch.end;
  }
}

function readAt(path: string, offset: number, length: number): Buffer {
  const descriptor = openIfAny(path);
  if (descriptor === undefined) return Buffer.alloc(0);
  try {
    const buffer = Buffer.allocUnsafe(length);
    let read = 0;
    for (let more = -1; more !== 0 && read < length; read += more) {
      more = readSync(descriptor, buffer, read, length - read, offset + read);
    }
    return buffer.subarray(0, read);
  } finally {
    closeSync(descriptor);
  }
}

/** Retention may have removed the file between listing and reading. */
function openIfAny(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
