import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { codeOf } from '../../ops/errors.ts';
import { type SpoolFile, tornFile } from './file-names.ts';
import { lowerCursor } from './cursor.ts';

const newline = 10;
const chunk = 64 * 1024;

/**
 * Cuts off the half line that a crash left at the end of a file, and keeps it beside the file. The next event would
 * otherwise be fused with it. Only for the holder of the file's slot.
 * @returns how many bytes were cut off
 */
export function repairTail(file: SpoolFile): number {
  const descriptor = openIfAny(file.path);
  if (descriptor === undefined) return 0;
  try {
    const { size } = fstatSync(descriptor);
    const end = endOfLastLine(descriptor, size);
    if (end < size) {
      keepTorn(file, descriptor, end, size);
      ftruncateSync(descriptor, end);
      fsyncSync(descriptor);
    }
    lowerCursor(file, end);
    return size - end;
  } finally {
    closeSync(descriptor);
  }
}

/** Offset behind the last line break; 0 when there is none. */
function endOfLastLine(descriptor: number, size: number): number {
  const buffer = Buffer.alloc(chunk);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - chunk);
    const read = readSync(descriptor, buffer, 0, end - start, start);
    const at = buffer.subarray(0, read).lastIndexOf(newline);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

function keepTorn(file: SpoolFile, from: number, start: number, end: number): void {
  const torn = Buffer.alloc(end - start);
  readSync(from, torn, 0, torn.length, start);
  const descriptor = openSync(tornFile(file), 'a', 0o600);
  try {
    writeSync(descriptor, Buffer.concat([torn, Buffer.from('\n')]));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Cuts a file, which may be shorter already, or gone. Only for the holder of the file's slot. */
export function cutFile(file: SpoolFile, length: number): void {
  const descriptor = openIfAny(file.path);
  if (descriptor === undefined) return;
  try {
    if (fstatSync(descriptor).size > length) ftruncateSync(descriptor, length);
    fsyncSync(descriptor);
    lowerCursor(file, length);
  } finally {
    closeSync(descriptor);
  }
}

function openIfAny(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
