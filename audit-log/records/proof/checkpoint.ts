import type { KeyObject } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryBytes } from './entry.ts';
import { sha256Of } from './leaf.ts';

/** A line of the seals: what was sealed in one go, and how the trees stand since. */
export interface Checkpoint {
  readonly version: 1;
  /** From 1, without gaps. */
  readonly number: number;
  readonly at: string;
  /** The server's system identifier and the database. */
  readonly database: string;
  /** Every transaction below it is in this checkpoint or an earlier one. */
  readonly horizon: string;
  readonly records: number;
  readonly leaves: { readonly file: string; readonly offset: number; readonly sha256: string };
  /** The trees that grew: size and RFC 6962 root by workspace. */
  readonly trees: Readonly<Record<string, { readonly size: number; readonly root: string }>>;
  /** sha256 of the line before; zeros for the first. */
  readonly prev: string;
  /** Fingerprint of the public key. */
  readonly key: string;
  /** Ed25519 over the line without this member, base64. */
  readonly signature: string;
}

/** The newest checkpoint somebody has seen, kept where whoever may change the seals may not write. */
export interface Anchor {
  readonly number: number;
  readonly sha256: string;
}

export const genesis = '0'.repeat(64);

/** What is signed: the line without its signature. */
export function signedPart({ signature: _signature, ...rest }: Checkpoint): Buffer {
  return Buffer.from(JSON.stringify(rest));
}

/** Names a public key. */
export function fingerprint(key: KeyObject): string {
  return sha256Of(key.export({ type: 'spki', format: 'der' }))
    .toString('hex')
    .slice(0, 16);
}

/** The lines of all checkpoints in a folder, oldest first. A line that was not finished has no line break, and is left out. */
export function checkpointLines(folder: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.checkpoints.jsonl')) : [];
  return files.sort().flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
}

/** A line as a checkpoint; undefined when it was overwritten with something else. */
export function checkpointOf(line: string): Checkpoint | undefined {
  try {
    const { number, records, horizon, leaves, trees, signature } = JSON.parse(line) as Partial<Checkpoint>;
    const isOne =
      [number, records, leaves?.offset].every((value) => Number.isInteger(value)) &&
      [leaves?.file, leaves?.sha256, signature].every((value) => typeof value === 'string') &&
      typeof trees === 'object' &&
      /^[0-9]+$/.test(horizon ?? '');
    return isOne ? (JSON.parse(line) as Checkpoint) : undefined;
  } catch {
    return undefined; // not JSON
  }
}

/** Reads the packed entries of checkpoints, one after another; what is missing or cut is shorter. */
export function segmentReader(folder: string): (checkpoint: Checkpoint) => Buffer {
  let [name, content] = ['', Buffer.alloc(0)];
  return ({ leaves, records }) => {
    if (leaves.file !== name) {
      const path = join(folder, leaves.file);
      [name, content] = [leaves.file, existsSync(path) ? readFileSync(path) : Buffer.alloc(0)];
    }
    return content.subarray(leaves.offset, leaves.offset + records * entryBytes);
  };
}
