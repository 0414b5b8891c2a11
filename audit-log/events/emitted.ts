import { statSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { SpoolFile } from './file-names.ts';
import { stretchesOf } from './spool-reader.ts';

type CountsByMinute = ReadonlyMap<string, number>;

/**
 * How many events the lines of a file are, minute by minute. Remembers how far it read, so that who asks again pays for
 * the new lines only; and lets others have their turn while it reads.
 */
export class EmittedCounts {
  readonly #known = new Map<string, { offset: number; counts: CountsByMinute }>();

  async of(file: SpoolFile): Promise<CountsByMinute> {
    const known = this.#known.get(file.path);
    const isCut = known !== undefined && statSync(file.path).size < known.offset;
    const before = known && !isCut ? known : { offset: 0, counts: new Map<string, number>() };
    const counts = new Map(before.counts);
    let { offset } = before;
    for (const { events, end } of stretchesOf(file, offset)) {
      for (const { ts } of events) counts.set(minuteOf(ts), (counts.get(minuteOf(ts)) ?? 0) + 1);
      offset = end;
      await turn();
    }
    this.#known.set(file.path, { offset, counts });
    return counts;
  }
}

/** @param ts UTC, ISO 8601 */
export function minuteOf(ts: string): string {
  return `${ts.slice(0, 16)}:00.000Z`;
}
