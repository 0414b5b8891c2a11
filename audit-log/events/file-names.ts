import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../ops/errors.ts';

/**
 * The files of a spool directory. One writer appends to one slot, so a file has one writer:
 *
 *     tool_audit_2025-09-22.jsonl            slot 1, written on that UTC day
 *     tool_audit_2025-09-22.2.jsonl          slot 2: a second process, or a second file after the first one failed
 *     tool_audit_2025-09-22.jsonl.stored     how much of it is in Postgres
 *     tool_audit_2025-09-22.jsonl.rejected   what Postgres refused, with the reason
 *     tool_audit_2025-09-22.memory.rejected  what Postgres refused of events that were in memory only
 *     tool_audit_2025-09-22.jsonl.gz         the file once the retention has gzipped it
 *     tool_audit_2025-09-22.jsonl.torn       half lines that a crash left
 *     tool_audit_2025-09-22.jsonl.moving-2   where lines of it are going, after a failed sync
 *     .slot-1.lock                           held by the writer of the slot
 *     cleaned.log                            what the retention removed
 */
export interface SpoolFile {
  readonly path: string;
  /** UTC day, `YYYY-MM-DD`. */
  readonly day: string;
  readonly slot: number;
}

export const highestSlot = 64;

export function spoolFile(directory: string, day: string, slot: number): SpoolFile {
  return { path: join(directory, `tool_audit_${day}${slot === 1 ? '' : `.${slot}`}.jsonl`), day, slot };
}

export function slotLock(directory: string, slot: number): string {
  return join(directory, `.slot-${slot}.lock`);
}

export function storedFile({ path }: SpoolFile): string {
  return `${withoutGz(path)}.stored`;
}

export function rejectedFile({ path }: SpoolFile): string {
  return `${withoutGz(path)}.rejected`;
}

/** What Postgres refused of events that no file has. */
export function rejectedFromMemory(directory: string, day: string): string {
  return join(directory, `tool_audit_${day}.memory.rejected`);
}

export function rejectedFilesFromMemory(directory: string): { readonly path: string; readonly day: string }[] {
  return namesIn(directory).flatMap((name) => {
    const day = /^tool_audit_(\d{4}-\d\d-\d\d)\.memory\.rejected$/.exec(name)?.[1];
    return day ? [{ path: join(directory, name), day }] : [];
  });
}

export function tornFile({ path }: SpoolFile): string {
  return `${withoutGz(path)}.torn`;
}

/** Says that lines of one file are on their way to another of the same day. */
export interface MoveFile {
  readonly path: string;
  readonly from: SpoolFile;
  readonly to: SpoolFile;
}

export function moveFile(from: SpoolFile, to: SpoolFile): string {
  return `${from.path}.moving-${to.slot}`;
}

export function movesIn(directory: string): MoveFile[] {
  return namesIn(directory).flatMap((name) => {
    const [, day, from = '1', to] = /^tool_audit_(\d{4}-\d\d-\d\d)(?:\.(\d+))?\.jsonl\.moving-(\d+)$/.exec(name) ?? [];
    if (!day) return [];
    const fileOf = (slot: string) => spoolFile(directory, day, Number(slot));
    return [{ path: join(directory, name), from: fileOf(from), to: fileOf(to!) }];
  });
}

/** What lies beside a file keeps its name when the file is gzipped. */
function withoutGz(path: string): string {
  return path.replace(/\.gz$/, '');
}

/** The JSONL files of a directory, oldest first; none when there is no directory. */
export function spoolFiles(directory: string): SpoolFile[] {
  return eventFiles(directory).filter(({ path }) => !path.endsWith('.gz'));
}

/** The JSONL files of a directory and those that the retention gzipped, oldest first. */
export function eventFiles(directory: string): SpoolFile[] {
  return namesIn(directory)
    .flatMap((name) => {
      const [, day, slot = '1'] = /^tool_audit_(\d{4}-\d\d-\d\d)(?:\.(\d+))?\.jsonl(?:\.gz)?$/.exec(name) ?? [];
      return day ? [{ path: join(directory, name), day, slot: Number(slot) }] : [];
    })
    .sort((a, b) => (a.day === b.day ? a.slot - b.slot : a.day < b.day ? -1 : 1));
}

export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/**
 * The oldest files that may hold events from a time on: those of the day before, too, because until its last line is
 * synced the file of a day takes the lines of the next. Later files may hold events of any earlier day.
 */
export function firstFileDay(since: Date): string {
  return dayOf(new Date(since.getTime() - 86_400_000));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
