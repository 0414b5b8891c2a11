import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../ops/errors.ts';

/**
 * The name under which the events of a directory are entered in the ledger: its host, and four bytes that tell two
 * directories of a host apart. Made once, kept in the directory: whole or not at all, since whoever found it empty would
 * take another name, and nothing would balance.
 */
export function sourceOf(directory: string, host: string): string {
  const path = join(directory, '.source');
  const name = `${host.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 40)}-${randomBytes(4).toString('hex')}`;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const known = nameIn(path);
  if (known) return known;
  const mine = `${path}.${name}.tmp`;
  writeFileSync(mine, name, { mode: 0o600 });
  try {
    if (known === '') rmSync(path, { force: true }); // a power cut left it so
    linkSync(mine, path);
    return name;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return nameIn(path)!; // another process was first
  } finally {
    rmSync(mine);
  }
}

function nameIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
