import { dateOf, entriesOf, entryBytes, workspacesOf, type Entry } from './entry.ts';
import type { Problem } from './problem.ts';

/** A sealed record with its gapless position in its workspace, from 1. */
export type Sealed = Entry & { readonly position: number };

/** Compares records as they are with records as they were sealed, range by range, and names every record that is not what it was. */
export class Comparison {
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #positions = new Map<string, number>();
  readonly #missing = new Map<string, Sealed>();
  readonly #added = new Map<string, Entry>();
  readonly #problems: Problem[] = [];
  compared = 0;

  /** @param sizes how many records of each workspace are sealed */
  constructor(sizes: ReadonlyMap<string, number>) {
    this.#sizes = sizes;
  }

  /** @param sealed and @param found are packed entries of one range; found in any order */
  range(sealed: Buffer, found: Buffer): void {
    this.compared += sealed.length / entryBytes;
    if (sealed.equals(found)) {
      for (const [workspace] of workspacesOf(sealed)) this.#nextPosition(workspace);
      return;
    }
    const expected = entriesOf(sealed).map((entry) => ({ ...entry, position: this.#nextPosition(entry.workspace) }));
    const unclaimed = Map.groupBy(entriesOf(found), ({ id }) => id);
    for (const record of expected) {
      const now = unclaimed.get(record.id)?.shift();
      if (!now) this.#missing.set(record.id, record);
      else if (now.leaf !== record.leaf) this.#problems.push(changed(record, now));
    }
    for (const stray of [...unclaimed.values()].flat()) this.#added.set(stray.id, stray);
  }

  /**
   * Every difference; a record that left one range for another was reordered.
   * @param isRetired says of a record that is gone whether policy removed it
   */
  finish(isRetired: (record: Sealed) => boolean = () => false): { problems: Problem[]; missing: readonly Sealed[] } {
    const missing: Sealed[] = [];
    for (const record of this.#missing.values()) {
      const elsewhere = this.#added.get(record.id);
      if (elsewhere) this.#problems.push(changed(record, elsewhere));
      else if (!isRetired(record)) missing.push(record);
      this.#added.delete(record.id);
    }
    const problems = [...this.#problems, ...missing.map((record) => this.#deleted(record))];
    for (const { id, workspace } of this.#added.values()) {
      const message = `Record ${id} of workspace ${workspace} stands among sealed records and was never sealed: it was forged in.`;
      problems.push({ kind: 'added', message, record: id, workspace });
    }
    return { problems, missing };
  }

  #nextPosition(workspace: string): number {
    const position = (this.#positions.get(workspace) ?? 0) + 1;
    this.#positions.set(workspace, position);
    return position;
  }

  #deleted({ id, workspace, position }: Sealed): Problem {
    const size = this.#sizes.get(workspace) ?? position;
    const where = position === 1 ? 'the start' : position === size ? 'the end' : 'the middle';
    const message = `Record ${id} is gone from ${where} of workspace ${workspace}: position ${position} of ${size}.`;
    return { kind: 'deleted', message, record: id, workspace, position };
  }
}

function changed(was: Sealed, now: Entry): Problem {
  const { id, workspace, position } = was;
  const [kind, how] = difference(was, now);
  const message = `Record ${id}, position ${position} of workspace ${workspace}, ${how}.`;
  return { kind, message, record: id, workspace, position };
}

function difference(was: Entry, now: Entry): [kind: string, how: string] {
  if (now.workspace !== was.workspace) return ['workspace', `stands under workspace ${now.workspace} now`];
  if (now.createdAt !== was.createdAt)
    return ['time', `was written at ${timeOf(was.createdAt)} and says ${timeOf(now.createdAt)} now`];
  if (now.transaction !== was.transaction)
    return ['reordered', `was written by transaction ${was.transaction} and says ${now.transaction} now`];
  return ['edited', 'does not have the content it was sealed with'];
}

function timeOf(microseconds: bigint): string {
  return dateOf(microseconds).toISOString();
}
