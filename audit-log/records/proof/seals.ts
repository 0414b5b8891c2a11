import { createPublicKey, verify as verifySignature, type KeyObject } from 'node:crypto';
import { checkpointLines, checkpointOf, fingerprint, genesis, segmentReader, signedPart } from './checkpoint.ts';
import type { Anchor, Checkpoint } from './checkpoint.ts';
import { sha256Of } from './leaf.ts';
import type { Problem } from './problem.ts';
import { grow, type Tree } from './tree.ts';

/** What the seals say of themselves. */
export interface SealsReport {
  readonly checkpoints: number;
  readonly records: number;
  readonly head: (Anchor & { readonly at: string; readonly horizon: string; readonly database: string }) | undefined;
  readonly problems: Problem[];
  /** Sealed records by workspace. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Verifies every checkpoint of a folder: signature, chain, hash of its leaves, roots; and that the anchors are among them.
 * @param publicKey PEM
 * @param options.anchors checkpoints that were seen before and must be among them
 */
export function verifySeals(
  folder: string,
  publicKey: string,
  { anchors = [] }: { anchors?: readonly Anchor[] } = {},
): SealsReport {
  const walk = new Walk(folder, createPublicKey(publicKey));
  for (const line of checkpointLines(folder)) walk.next(line);
  return walk.report(anchors);
}

/** Goes through the checkpoints, oldest first, and grows every tree again. */
class Walk {
  readonly #key: KeyObject;
  readonly #segment: (checkpoint: Checkpoint) => Buffer;
  readonly #trees = new Map<string, Tree>();
  readonly #hashes: string[] = [];
  readonly #problems: Problem[] = [];
  #records = 0;
  #last: Checkpoint | undefined;

  constructor(folder: string, key: KeyObject) {
    this.#key = key;
    this.#segment = segmentReader(folder);
  }

  next(line: string): void {
    const prev = this.#hashes.at(-1) ?? genesis;
    this.#hashes.push(sha256Of(line).toString('hex'));
    const checkpoint = checkpointOf(line);
    if (!checkpoint) return this.#problem('unreadable', 'is no checkpoint: its line was overwritten.');
    if (!verifySignature(null, signedPart(checkpoint), this.#key, Buffer.from(checkpoint.signature, 'base64')))
      this.#problem('signature', `is not signed by the key ${fingerprint(this.#key)}: it was replaced or edited.`);
    if (checkpoint.prev !== prev || checkpoint.number !== this.#hashes.length)
      this.#problem('chain', 'does not follow the one before: one was removed, replaced or reordered.');
    this.#growTrees(checkpoint);
    this.#records += checkpoint.records;
    this.#last = checkpoint;
  }

  report(anchors: readonly Anchor[]): SealsReport {
    const last = this.#last;
    const sha256 = this.#hashes.at(-1) ?? genesis;
    return {
      checkpoints: this.#hashes.length,
      records: this.#records,
      head: last && { number: last.number, sha256, at: last.at, horizon: last.horizon, database: last.database },
      problems: [...this.#problems, ...anchors.flatMap((anchor) => anchorProblems(anchor, this.#hashes))],
      sizes: new Map([...this.#trees].map(([workspace, { size }]) => [workspace, size])),
    };
  }

  #growTrees(checkpoint: Checkpoint): void {
    const segment = this.#segment(checkpoint);
    if (sha256Of(segment).toString('hex') !== checkpoint.leaves.sha256)
      return this.#problem('leaves', `is not of these leaves: ${checkpoint.leaves.file} was edited or cut.`);
    for (const workspace of grow(this.#trees, segment)) {
      const [tree, said] = [this.#trees.get(workspace)!, checkpoint.trees[workspace]];
      if (said?.size !== tree.size || said.root !== tree.root())
        this.#problem('root', `has another root for workspace ${workspace}.`);
    }
  }

  #problem(kind: string, what: string): void {
    const checkpoint = this.#hashes.length;
    this.#problems.push({ kind, message: `Checkpoint ${checkpoint} ${what}`, checkpoint });
  }
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
    const checkpoint = checkpointOf(line);
    if (!checkpoint) continue; // verifySeals names it
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
