/**
 * What proves a record: RFC 6962 trees, signed checkpoints, and their verification from files alone.
 * This file imports nothing but Node's own modules, because it is also the offline verifier: `drydock records verifier`.
 */
import { createPublicKey, hash, verify as verifySignature, type KeyObject } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The fields of a record, in the order in which its leaf takes them; each as Postgres spells it in UTC, or null. */
export const fields = [
  ...['id', 'workspace_id', 'created_at', 'recorded_at', 'occurred_at', 'transaction_id', 'recorded_by', 'source'],
  ...['created_by_user_id', 'action_type', 'resource_type', 'resource_id', 'old_values', 'new_values'],
  ...['changed_fields', 'request_id', 'tags', 'metadata', 'subject_id', 'origin_sha256', 'values_sha256'],
] as const;

export type RecordFields = Readonly<Record<string, string | null>>;

/** A record as a seal knows it. */
export interface Entry {
  readonly id: string;
  readonly workspace: string;
  /** Microseconds since 2000, as Postgres counts. */
  readonly createdAt: bigint;
  readonly transaction: bigint;
  /** Hex. */
  readonly leaf: string;
}

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

export interface Problem {
  readonly kind: string;
  readonly message: string;
  readonly record?: string;
  readonly workspace?: string;
  readonly position?: number;
  readonly checkpoint?: number;
}

export const entryBytes = 80;
export const genesis = '0'.repeat(64);

export function sha256Of(bytes: Uint8Array | string): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/**
 * The leaf of a record, in hex: a byte 0, then its fields as Postgres sends an array of texts. Each has its length before it,
 * so that no two records have the same bytes.
 */
export function leafOf(record: RecordFields): string {
  const values = fields.map((name) => record[name] ?? null);
  const header = [1, values.includes(null) ? 1 : 0, textOid, values.length, 1].map(int32);
  const elements = values.flatMap((value) => {
    if (value === null) return [int32(-1)];
    const bytes = Buffer.from(value);
    return [int32(bytes.length), bytes];
  });
  return sha256Of(Buffer.concat([Buffer.alloc(1), ...header, ...elements])).toString('hex');
}

const textOid = 25;

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** An RFC 6962 tree that keeps only its right edge: log2(size) hashes. */
export class Tree {
  size = 0;
  /** The complete subtree of each height that is not yet part of a higher one. */
  readonly #edge: (Buffer | undefined)[] = [];

  append(leaf: Buffer): void {
    let [carried, height] = [leaf, 0];
    while (this.#edge[height]) {
      carried = parentOf(this.#edge[height]!, carried);
      this.#edge[height] = undefined;
      height += 1;
    }
    this.#edge[height] = carried;
    this.size += 1;
  }

  /** Hex. */
  root(): string {
    const parts = this.#edge.filter((part) => part !== undefined);
    if (parts.length === 0) return sha256Of('').toString('hex');
    return parts.reduce((right, left) => parentOf(left, right)).toString('hex');
  }

  edge(): (string | null)[] {
    return this.#edge.map((part) => part?.toString('hex') ?? null);
  }

  static of(size: number, edge: readonly (string | null)[]): Tree {
    const tree = new Tree();
    tree.size = size;
    tree.#edge.push(...edge.map((part) => (part === null ? undefined : Buffer.from(part, 'hex'))));
    return tree;
  }
}

/** RFC 6962: a byte 1, then both children. */
function parentOf(left: Buffer, right: Buffer): Buffer {
  left.copy(node, 1);
  right.copy(node, 33);
  return sha256Of(node);
}

const node = Buffer.alloc(65, 1);

/** The 80-byte entries of a segment. */
export function entriesOf(segment: Buffer): Entry[] {
  return Array.from({ length: segment.length / entryBytes }, (_, n) => {
    const at = n * entryBytes;
    return {
      id: uuidAt(segment, at),
      workspace: uuidAt(segment, at + 16),
      createdAt: segment.readBigInt64BE(at + 32),
      transaction: segment.readBigUInt64BE(at + 40),
      leaf: segment.toString('hex', at + 48, at + 80),
    };
  });
}

/** A segment's entries appended to the trees of their workspaces; returns those that grew. */
export function grow(trees: Map<string, Tree>, segment: Buffer): Set<string> {
  const grown = new Set<string>();
  for (const [workspace, at] of workspacesOf(segment)) {
    let tree = trees.get(workspace);
    if (!tree) trees.set(workspace, (tree = new Tree()));
    tree.append(segment.subarray(at + 48, at + entryBytes));
    grown.add(workspace);
  }
  return grown;
}

/** The workspace of each entry, and where the entry begins. A segment has few workspaces and many entries. */
export function* workspacesOf(segment: Buffer): Generator<[workspace: string, at: number]> {
  const names = new Map<string, string>();
  for (let at = 0; at < segment.length; at += entryBytes) {
    const bytes = segment.toString('latin1', at + 16, at + 32);
    let name = names.get(bytes);
    if (!name) names.set(bytes, (name = uuidAt(segment, at + 16)));
    yield [name, at];
  }
}

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

export interface SealsReport {
  readonly checkpoints: number;
  readonly records: number;
  readonly head: (Anchor & { readonly at: string; readonly horizon: string; readonly database: string }) | undefined;
  readonly problems: Problem[];
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Verifies every checkpoint of a folder: signature, chain, hash of its leaves, roots; and that the anchors are among them.
 * @param options.anchors checkpoints that were seen before and must be among them
 */
export function verifySeals(
  folder: string,
  publicKey: string,
  options: { anchors?: readonly Anchor[] } = {},
): SealsReport {
  const key = createPublicKey(publicKey);
  const [problems, trees]: [Problem[], Map<string, Tree>] = [[], new Map()];
  const lines = checkpointLines(folder);
  const hashes: string[] = [];
  const segments = segmentReader(folder);
  let [prev, records]: [string, number] = [genesis, 0];
  let last: Checkpoint | undefined;
  for (const [index, line] of lines.entries()) {
    const checkpoint = JSON.parse(line) as Checkpoint;
    const report = (kind: string, message: string) =>
      problems.push({ kind, message: `Checkpoint ${checkpoint.number} ${message}`, checkpoint: checkpoint.number });
    if (!verifySignature(null, signedPart(checkpoint), key, Buffer.from(checkpoint.signature, 'base64')))
      report('signature', `is not signed by the key ${fingerprint(key)}: it was replaced or edited.`);
    if (checkpoint.prev !== prev || checkpoint.number !== index + 1)
      report('chain', `does not follow the one before: one was removed, replaced or reordered.`);
    const segment = segments(checkpoint);
    if (sha256Of(segment).toString('hex') !== checkpoint.leaves.sha256)
      report('leaves', `is not of these leaves: ${checkpoint.leaves.file} was edited or cut.`);
    else {
      for (const workspace of grow(trees, segment)) {
        const [tree, said] = [trees.get(workspace)!, checkpoint.trees[workspace]];
        if (said?.size !== tree.size || said.root !== tree.root())
          report('root', `has another root for workspace ${workspace}.`);
      }
    }
    records += checkpoint.records;
    prev = sha256Of(line).toString('hex');
    hashes.push(prev);
    last = checkpoint;
  }
  for (const anchor of options.anchors ?? []) problems.push(...anchorProblems(anchor, hashes));
  return {
    checkpoints: lines.length,
    records,
    head: last && {
      number: last.number,
      sha256: prev,
      at: last.at,
      horizon: last.horizon,
      database: last.database,
    },
    problems,
    sizes: new Map([...trees].map(([workspace, { size }]) => [workspace, size])),
  };
}

/** Consecutive checkpoints taken together, with the records that they sealed. */
export interface SealedRange {
  /** From this transaction … */
  readonly from: string;
  /** … to before this one. */
  readonly to: string;
  readonly segment: Buffer;
}

/** All sealed records in order, in ranges of at least so many; the last may have fewer. */
export function* sealedRanges(folder: string, atLeast: number): Generator<SealedRange> {
  const segments = segmentReader(folder);
  let [from, to, gathered]: [string, string, Buffer[]] = ['0', '0', []];
  let records = 0;
  for (const line of checkpointLines(folder)) {
    const checkpoint = JSON.parse(line) as Checkpoint;
    gathered.push(segments(checkpoint));
    records += checkpoint.records;
    to = checkpoint.horizon;
    if (records < atLeast) continue;
    yield { from, to, segment: Buffer.concat(gathered) };
    [from, gathered, records] = [to, [], 0];
  }
  if (gathered.length > 0) yield { from, to, segment: Buffer.concat(gathered) };
}

function anchorProblems({ number, sha256 }: Anchor, hashes: readonly string[]): Problem[] {
  const found = hashes[number - 1];
  if (found === sha256) return [];
  const message = found
    ? `Checkpoint ${number} is not the one that was seen before: it was replaced.`
    : `The seals end at checkpoint ${hashes.length}, but ${number} was seen before: their tail was cut off.`;
  return [{ kind: found ? 'replaced' : 'truncated', message, checkpoint: number }];
}

function segmentReader(folder: string): (checkpoint: Checkpoint) => Buffer {
  let [name, content] = ['', Buffer.alloc(0)];
  return ({ leaves, records }) => {
    if (leaves.file !== name) {
      const path = join(folder, leaves.file);
      [name, content] = [leaves.file, existsSync(path) ? readFileSync(path) : Buffer.alloc(0)];
    }
    return content.subarray(leaves.offset, leaves.offset + records * entryBytes);
  };
}

function uuidAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
