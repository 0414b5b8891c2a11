import { mkdirSync, statSync } from 'node:fs';
import { codeOf } from '../../ops/errors.ts';
import { readCursor, writeCursor, type Cursor } from './cursor.ts';
import type { ToolEvent } from './event.ts';
import { dayOf, rejectedFile, rejectedFromMemory, type SpoolFile } from './file-names.ts';
import { RejectFiles } from './rejects.ts';
import { readStretch } from './spool-reader.ts';
import type { Written } from './table.ts';

/** Events to be sent to Postgres together. */
export interface Batch {
  readonly events: readonly ToolEvent[];
  /** Forgets them, once Postgres has answered for each. Until then the same batch comes again. */
  settle(written: Written): void;
}

/** Where batches come from, oldest first. */
export interface Supply {
  /** @returns undefined when nothing waits */
  next(): Batch | undefined;
}

/** What lies in spool files behind their cursors. Only for the holder of their slots. */
export class SpoolSupply implements Supply {
  readonly #files: () => SpoolFile[];
  readonly #now: () => Date;
  readonly #cursors = new Map<string, Cursor>();
  readonly #rejects = new RejectFiles();

  constructor(files: () => SpoolFile[], now: () => Date) {
    this.#files = files;
    this.#now = now;
  }

  next(): Batch | undefined {
    for (const file of this.#files()) {
      const cursor = this.#cursors.get(file.path) ?? readCursor(file);
      this.#cursors.set(file.path, cursor);
      if (sizeOf(file) <= cursor.offset) continue;
      const { events, damaged, end } = readStretch(file, cursor.offset);
      if (end === cursor.offset) continue;
      const settle = ({ stored, duplicates, rejections }: Written) => {
        const all = [...damaged, ...rejections];
        this.#rejects.keep(rejectedFile(file), all, this.#now());
        const moved = {
          offset: end,
          stored: cursor.stored + stored,
          duplicates: cursor.duplicates + duplicates,
          rejected: cursor.rejected + all.length,
        };
        writeCursor(file, moved);
        this.#cursors.set(file.path, moved);
      };
      return { events, settle };
    }
    return undefined;
  }
}

const batchSize = 10_000;

/** Events that wait in memory. Bounded: when it is full the newest is refused, and the caller is told. */
export class QueueSupply implements Supply {
  #events: ToolEvent[] = [];
  readonly #limit: number;
  readonly #directory: string;
  readonly #rejects = new RejectFiles();
  readonly #now: () => Date;

  /** @param directory for what Postgres refuses; made when that happens */
  constructor(limit: number, directory: string, now: () => Date) {
    this.#limit = limit;
    this.#directory = directory;
    this.#now = now;
  }

  get length(): number {
    return this.#events.length;
  }

  /** @returns whether there was room */
  push(event: ToolEvent): boolean {
    if (this.#events.length >= this.#limit) return false;
    this.#events.push(event);
    return true;
  }

  next(): Batch | undefined {
    if (this.#events.length === 0) return undefined;
    const events = this.#events.slice(0, batchSize);
    const settle = ({ rejections }: Written) => {
      if (rejections.length > 0) {
        mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
        this.#rejects.keep(rejectedFromMemory(this.#directory, dayOf(this.#now())), rejections, this.#now());
      }
      this.#events = this.#events.slice(events.length);
    };
    return { events, settle };
  }
}

function sizeOf(file: SpoolFile): number {
  try {
    return statSync(file.path).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
