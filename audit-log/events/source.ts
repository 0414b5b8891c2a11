import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../ops/errors.ts';
import { lock } from '../../ops/lock.ts';
import { makeDirectory } from './directory.ts';

/**
 * The name under which the events of a directory are entered in the ledger: its host, and four bytes that tell two
 * directories of a host apart. Made once, under a lock, and kept in the directory: whoever took another name would enter
 * events that balance nowhere.
 * @throws DrydockError EVENTS_DIRECTORY, LOCK_UNUSABLE
 */
export async function sourceOf(directory: string, host: string): Promise<string> {
  const path = join(directory, '.source');
  const known = nameIn(path);
  if (known) return known;
  makeDirectory(directory);
  using _held = await lock(`${path}.lock`);
  return nameIn(path) || keepName(path, host); // empty is what a power cut may leave
}

/** Whole or not at all, by a rename: not every file system has hard links. */
function keepName(path: string, host: string): string {
  const name = `${host.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 40)}-${randomBytes(4).toString('hex')}`;
  writeFileSync(`${path}.tmp`, name, { mode: 0o600, flush: true });
  renameSync(`${path}.tmp`, path);
  return name;
}

function nameIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined; // making the directory says more
    throw error;
  }
}
