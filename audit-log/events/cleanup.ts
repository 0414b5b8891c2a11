import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { appendFile, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { DrydockError } from '../../ops/errors.ts';
import { readCursor } from './cursor.ts';
import { syncDirectory } from './disk.ts';
import {
  dayOf,
  eventFiles,
  rejectedFile,
  rejectedFilesFromMemory,
  spoolFiles,
  storedFile,
  tornFile,
} from './file-names.ts';

export interface CleanedFile {
  readonly name: string;
  readonly bytes: number;
  readonly done: 'deleted' | 'gzipped' | 'kept';
  /** Why a file that is old enough was kept. */
  readonly reason?: string;
}

export interface CleanupOrder {
  readonly directory: string;
  readonly retentionDays: number;
  readonly mode: 'delete' | 'gzip';
  /** Only says what it would do. */
  readonly dryRun: boolean;
  /** Whether Postgres is to have every event before its file may go. */
  readonly sentFirst: boolean;
  now(): Date;
}

const dayMs = 86_400_000;

/** Removes JSONL files, gzipped or not, whose UTC day is over the retention, or gzips them. The files of today and yesterday may be open, and stay. */
export async function cleanup({
  directory,
  retentionDays,
  mode,
  dryRun,
  sentFirst,
  now,
}: CleanupOrder): Promise<CleanedFile[]> {
  const days = Math.max(retentionDays, 1);
  const oldest = dayOf(new Date(now().getTime() - days * dayMs));
  const cleaned: CleanedFile[] = [];
  for (const file of filesFor(mode, directory).filter(({ day }) => day < oldest)) {
    const entry = { name: basename(file.path), bytes: file.size };
    if (sentFirst && file.unsent > 0) {
      cleaned.push({ ...entry, done: 'kept', reason: `${file.unsent} bytes of it are not in Postgres yet` });
      continue;
    }
    if (!dryRun && mode === 'gzip') await gzip(file.path);
    if (!dryRun && mode === 'delete') await remove([file.path, ...file.beside]);
    cleaned.push({ ...entry, done: mode === 'gzip' ? 'gzipped' : 'deleted' });
    if (!dryRun) await enter(directory, cleaned.at(-1)!, now());
  }
  return cleaned;
}

interface OldFile {
  readonly path: string;
  readonly day: string;
  readonly size: number;
  /** Bytes that Postgres has not answered for. */
  readonly unsent: number;
  /** What goes with it. */
  readonly beside: readonly string[];
}

function filesFor(mode: CleanupOrder['mode'], directory: string): OldFile[] {
  const files = (mode === 'gzip' ? spoolFiles(directory) : eventFiles(directory)).map((file) => {
    const { size } = statSync(file.path);
    const beside = [storedFile(file), rejectedFile(file), tornFile(file)];
    return { ...file, size, unsent: size - readCursor(file).offset, beside };
  });
  if (mode === 'gzip') return files;
  const refused = rejectedFilesFromMemory(directory).map((file) => {
    return { ...file, size: statSync(file.path).size, unsent: 0, beside: [] };
  });
  return [...files, ...refused];
}

/** What went, and when, stays written down beside the files, as it does in audit.tool_event_retention for partitions. */
async function enter(directory: string, { name, bytes, done }: CleanedFile, at: Date): Promise<void> {
  const line = JSON.stringify({ at: at.toISOString(), name, bytes, done });
  await appendFile(join(directory, 'cleaned.log'), `${line}\n`, { mode: 0o600 });
}

async function remove(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
  syncDirectory(dirname(paths[0]!));
}

/** The original goes only when what was compressed has been read back and is the same. */
async function gzip(path: string): Promise<void> {
  const [target, temporary] = [`${path}.gz`, `${path}.gz.tmp`];
  const { size } = await stat(path);
  await pipeline(createReadStream(path), createGzip(), createWriteStream(temporary, { mode: 0o600 }));
  const [was, is] = [await hashOf(path), await hashOf(temporary, createGunzip())];
  if (was !== is || (await stat(path)).size !== size) {
    await rm(temporary);
    throw new DrydockError('EVENTS_GZIP', `${path} changed while it was being compressed.`, {
      hint: 'Find out who still writes a file of that age; the original is untouched.',
    });
  }
  await using written = await open(temporary, 'r');
  await written.sync();
  await rename(temporary, target);
  await rm(path);
  syncDirectory(dirname(path));
}

async function hashOf(path: string, ...through: NodeJS.ReadWriteStream[]): Promise<string> {
  const hash = createHash('sha256');
  await pipeline([createReadStream(path), ...through, hash]);
  return hash.digest('hex');
}
