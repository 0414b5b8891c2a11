import { statSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { SpoolFile } from './file-names.ts';
import { stretchesOf } from './spool-reader.ts';

export type CountsByMinute = ReadonlyMap<string, number>;

/**
 * How many events the lines of files are, minute by minute. Remembers what it read, so that who asks again pays for
 * the new lines only; and lets others have their turn while it reads.
 */
export class EmittedCounts {
  readonly #known = new Map<string, { offset: number; counts: CountsByMinute }>();
  readonly #repeats = new Map<string, { lines: number; repeated: number }>();

  /** Lines of a file that are events. */
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

  /**
   * Lines that say an event again, as a caller's retry does: it is stored once. Looked for only where counts differ, since
   * every identity of these minutes has to be held in memory.
   * @param lines of each minute to look at, in all files
   */
  async repeated(files: readonly SpoolFile[], lines: CountsByMinute): Promise<CountsByMinute> {
    const isNew = (minute: string) => this.#repeats.get(minute)?.lines !== lines.get(minute);
    const fresh = new Set([...lines.keys()].filter(isNew));
    for (const [minute, repeated] of await repeatsIn(files, fresh)) {
      this.#repeats.set(minute, { lines: lines.get(minute)!, repeated });
    }
    return new Map([...lines.keys()].map((minute) => [minute, this.#repeats.get(minute)!.repeated]));
  }
}

async function repeatsIn(files: readonly SpoolFile[], minutes: ReadonlySet<string>): Promise<CountsByMinute> {
  const repeats = new Map([...minutes].map((minute) => [minute, 0]));
  const seen = new Set<string>();
  for (const file of minutes.size > 0 ? files : []) {
    for (const { events } of stretchesOf(file)) {
      for (const { event_id, ts } of events) {
        const minute = minuteOf(ts);
        if (!minutes.has(minute)) continue;
        if (seen.has(event_id)) repeats.set(minute, repeats.get(minute)! + 1);
        seen.add(event_id);
      }
      await turn();
    }
  }
  return repeats;
}

/** @param ts UTC, ISO 8601 */
export function minuteOf(ts: string): string {
  return `${ts.slice(0, 16)}:00.000Z`;
}
