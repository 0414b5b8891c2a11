import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { sign } from 'node:crypto';
import { DrydockError } from '../../ops/errors.ts';
import type { Keys } from './keys.ts';
import {
  checkpointLines,
  checkpointOf,
  entryBytes,
  genesis,
  grow,
  sha256Of,
  signedPart,
  Tree,
  type Checkpoint,
} from './proof/index.ts';

/** Where the trees stood after a checkpoint: saves a start from reading every leaf again. */
interface SavedState {
  readonly number: number;
  readonly trees: Readonly<Record<string, readonly [size: number, edge: (string | null)[]]>>;
}

/** The folder that seals are written to: two files a day, which only grow. One sealer at a time. */
export class SealFolder {
  readonly path: string;
  readonly trees: Map<string, Tree>;
  #last: Checkpoint | undefined;
  #prev: string;

  private constructor(path: string, trees: Map<string, Tree>, last: Checkpoint | undefined, prev: string) {
    this.path = path;
    this.trees = trees;
    this.#last = last;
    this.#prev = prev;
  }

  /** Opens a folder, made when it is missing, and goes on where its last checkpoint stands. @throws RECORDS_SEALS_DAMAGED */
  static open(path: string): SealFolder {
    mkdirSync(path, { recursive: true });
    const lines = checkpointLines(path);
    const checkpoints = lines.map((line, index) => checkpointOf(line) ?? damaged(path, index + 1));
    const last = checkpoints.at(-1);
    const trees = treesOf(path, checkpoints);
    if (last) cutUnfinished(path, last);
    return new SealFolder(path, trees, last, lines.length > 0 ? sha256Of(lines.at(-1)!).toString('hex') : genesis);
  }

  get last(): Checkpoint | undefined {
    return this.#last;
  }

  /** Names the newest checkpoint, for whoever keeps it elsewhere. */
  get anchor(): { number: number; sha256: string } | undefined {
    return this.#last && { number: this.#last.number, sha256: this.#prev };
  }

  /** Adds the packed entries as a signed checkpoint. Leaves are on the disk before the line that speaks of them. */
  append(segment: Buffer, about: { horizon: string; database: string; at: Date }, keys: Keys): Checkpoint {
    const day = about.at.toISOString().slice(0, 10);
    const file = `${day}.leaves`;
    const offset = sizeOf(join(this.path, file));
    const grown = [...grow(this.trees, segment)].sort();
    const unsigned: Omit<Checkpoint, 'signature'> = {
      version: 1,
      number: (this.#last?.number ?? 0) + 1,
      at: about.at.toISOString(),
      database: about.database,
      horizon: about.horizon,
      records: segment.length / entryBytes,
      leaves: { file, offset, sha256: sha256Of(segment).toString('hex') },
      trees: Object.fromEntries(
        grown.map((workspace) => {
          const tree = this.trees.get(workspace)!;
          return [workspace, { size: tree.size, root: tree.root() }];
        }),
      ),
      prev: this.#prev,
      key: keys.name,
    };
    const signature = sign(null, signedPart(unsigned as Checkpoint), keys.sign).toString('base64');
    const checkpoint: Checkpoint = { ...unsigned, signature };
    const line = JSON.stringify(checkpoint);
    if (segment.length > 0) appendDurably(join(this.path, file), segment);
    // a clock that went back does not reorder the files: the newest day goes on
    const dayOfLast = this.#last?.at.slice(0, 10) ?? day;
    appendDurably(join(this.path, `${dayOfLast > day ? dayOfLast : day}.checkpoints.jsonl`), Buffer.from(`${line}\n`));
    this.#last = checkpoint;
    this.#prev = sha256Of(line).toString('hex');
    return checkpoint;
  }

  /** Keeps where the trees stand, so that the next start is quick. */
  save(): void {
    if (!this.#last) return;
    const trees = Object.fromEntries([...this.trees].map(([workspace, tree]) => [workspace, [tree.size, tree.edge()]]));
    const path = join(this.path, 'state.json');
    const file = openSync(`${path}.tmp`, 'w', 0o600);
    writeSync(file, JSON.stringify({ number: this.#last.number, trees }));
    fsyncSync(file);
    closeSync(file);
    renameSync(`${path}.tmp`, path);
  }
}

/** From the saved state where it is sound, else from the first leaf; each tree must have the root that was signed. */
function treesOf(path: string, checkpoints: readonly Checkpoint[]): Map<string, Tree> {
  const saved = savedState(path, checkpoints);
  const trees = saved.trees;
  for (const checkpoint of checkpoints.slice(saved.number)) {
    const { file, offset } = checkpoint.leaves;
    const bytes = existsSync(join(path, file)) ? readFileSync(join(path, file)) : Buffer.alloc(0);
    for (const workspace of grow(trees, bytes.subarray(offset, offset + checkpoint.records * entryBytes)))
      requireRoot(path, checkpoint, workspace, trees.get(workspace)!);
  }
  return trees;
}

function savedState(path: string, checkpoints: readonly Checkpoint[]): { number: number; trees: Map<string, Tree> } {
  const file = join(path, 'state.json');
  const nothing = { number: 0, trees: new Map<string, Tree>() };
  if (!existsSync(file)) return nothing;
  const { number, trees } = JSON.parse(readFileSync(file, 'utf8')) as SavedState;
  if (number > checkpoints.length) return nothing;
  const opened = new Map(Object.entries(trees).map(([workspace, [size, edge]]) => [workspace, Tree.of(size, edge)]));
  const signed = new Map(checkpoints.slice(0, number).flatMap(({ trees: grown }) => Object.entries(grown)));
  const isSound = [...signed].every(([workspace, { root }]) => opened.get(workspace)?.root() === root);
  return isSound ? { number, trees: opened } : nothing;
}

function requireRoot(path: string, { number, trees }: Checkpoint, workspace: string, tree: Tree): void {
  if (trees[workspace]?.root === tree.root() && trees[workspace].size === tree.size) return;
  damaged(path, number);
}

function damaged(path: string, number: number): never {
  throw new DrydockError('RECORDS_SEALS_DAMAGED', `Checkpoint ${number} in ${path} is not what was signed.`, {
    hint: 'Run `drydock records verify`, then restore the folder from where it is published; nothing more is sealed onto damage.',
  });
}

/** What a sealer that was killed wrote and did not sign goes: leaves past the last checkpoint, and a torn line. */
function cutUnfinished(path: string, { at, leaves, records }: Checkpoint): void {
  const end = leaves.offset + records * entryBytes;
  if (sizeOf(join(path, leaves.file)) > end) truncateSync(join(path, leaves.file), end);
  const lines = join(path, `${at.slice(0, 10)}.checkpoints.jsonl`);
  if (!existsSync(lines)) return;
  const content = readFileSync(lines);
  truncateSync(lines, content.lastIndexOf(0x0a) + 1);
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function appendDurably(path: string, bytes: Buffer): void {
  const file = openSync(path, 'a', 0o644);
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
