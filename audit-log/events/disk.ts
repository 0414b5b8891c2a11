import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { platform } from 'node:os';
import { promisify } from 'node:util';

/** What the journal needs of a disk. Handed in, because a full or failing disk has to be rehearsed too. */
export interface Disk {
  /** Writes a part of the bytes from `offset`, and says how much: a full disk takes half a line. */
  write(descriptor: number, bytes: Uint8Array, offset: number): number;
  sync(descriptor: number): Promise<void>;
  truncate(descriptor: number, length: number): void;
}

export const realDisk: Disk = {
  write: (descriptor, bytes, offset) => writeSync(descriptor, bytes, offset),
  sync: promisify(fdatasync),
  truncate: ftruncateSync,
};

/** Makes names that were just created or removed survive a power cut. Windows opens no directories. */
export function syncDirectory(directory: string): void {
  if (platform() === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
