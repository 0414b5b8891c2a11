import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../ops/errors.ts';

/**
 * The name under which the events of a directory are entered in the ledger: its host, and four bytes that tell two
 * directories of a host apart. Made once, kept in the directory.
 */
export function sourceOf(directory: string, host: string): string {
  const path = join(directory, '.source');
  const name = `${host.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 40)}-${randomBytes(4).toString('hex')}`;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, name, { flag: 'wx', mode: 0o600 });
    return name;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return readFileSync(path, 'utf8') || name;
  }
}
