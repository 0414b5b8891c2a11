import { entryBytes, workspacesOf } from './entry.ts';
import { sha256Of } from './leaf.ts';

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

/** RFC 6962: a byte 1, then both children. */
function parentOf(left: Buffer, right: Buffer): Buffer {
  left.copy(node, 1);
  right.copy(node, 33);
  return sha256Of(node);
}

const node = Buffer.alloc(65, 1);
