import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../../ops/errors.ts';
import { syncDirectory } from './disk.ts';
import { moveFile, movesIn, type MoveFile, type SpoolFile } from './file-names.ts';
import { cutFile } from './repair.ts';

/** Lines that are on their way from the end of one file to the end of another. */
interface Announcement {
  /** Bytes of the old file that stay in it. */
  readonly keep: number;
  /** Where the lines begin in the new file, how many bytes they have, and their hash. */
  readonly at: number;
  readonly length: number;
  readonly sha256: string;
}

/**
 * Says beforehand where lines are going, so that a crash leaves no line in two files: whoever holds the slot of the old
 * file next cuts it when the new one has them whole, and whoever holds the new one's cuts what it has of them when not.
 * @returns what takes the announcement back, for when they are in one file only
 */
export function announceMove(
  from: SpoolFile,
  to: SpoolFile,
  { keep, at, lines }: { keep: number; at: number; lines: Buffer },
): { takeBack(): void } {
  const path = moveFile(from, to);
  const announcement: Announcement = { keep, at, length: lines.length, sha256: hashOf(lines) };
  writeFileSync(path, JSON.stringify(announcement), { mode: 0o600, flush: true });
  syncDirectory(dirname(path));
  return { takeBack: () => forget(path) };
}

/** Ends the moves that a crash left half done in the files of a slot. Only for the holder of the slot. */
export function settleMoves(directory: string, slot: number): void {
  for (const move of movesIn(directory)) {
    if (move.from.slot !== slot && move.to.slot !== slot) continue;
    const announcement = readAnnouncement(move);
    const isWhole = announcement !== undefined && hasWhole(move.to, announcement);
    // each file is touched by the holder of its own slot, who also takes back what then has no further use
    if (isWhole && move.from.slot === slot) {
      cutFile(move.from, announcement.keep);
      forget(move.path);
    }
    if (!isWhole && move.to.slot === slot) {
      if (announcement) cutFile(move.to, announcement.at);
      forget(move.path);
    }
  }
}

/** @returns undefined for half an announcement: no line had moved yet */
function readAnnouncement({ path }: MoveFile): Announcement | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Announcement;
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function hasWhole({ path }: SpoolFile, { at, length, sha256 }: Announcement): boolean {
  const lines = Buffer.alloc(length);
  try {
    const descriptor = openSync(path, 'r');
    try {
      return readSync(descriptor, lines, 0, length, at) === length && hashOf(lines) === sha256;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function forget(path: string): void {
  rmSync(path, { force: true });
  syncDirectory(dirname(path));
}

function hashOf(lines: Buffer): string {
  return createHash('sha256').update(lines).digest('hex');
}
