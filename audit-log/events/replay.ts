import { highestSlot } from './file-names.ts';
import { claimSlot, filesOfSlot } from './slots.ts';
import { SpoolSupply } from './supply.ts';
import type { EventTable } from './table.ts';

export interface ReplayReport {
  readonly stored: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly tornBytes: number;
  /** Slots with a living writer, which sends its own. */
  readonly inUse: readonly number[];
}

export interface ReplayOrder {
  readonly directory: string;
  readonly table: EventTable;
  readonly signal?: AbortSignal;
  now(): Date;
}

/**
 * Sends the events of an outage, oldest first, once each. Interrupted anywhere, the next replay goes on where it was.
 * @throws when Postgres fails; what was sent until then is not sent again
 */
export async function replay({ directory, table, signal, now }: ReplayOrder): Promise<ReplayReport> {
  const sum = { stored: 0, duplicates: 0, rejected: 0, tornBytes: 0 };
  const inUse: number[] = [];
  for (let slot = 1; slot <= highestSlot; slot += 1) {
    if (filesOfSlot(directory, slot).length === 0) continue;
    using claimed = claimSlot(directory, slot);
    if (!claimed) {
      inUse.push(slot);
      continue;
    }
    sum.tornBytes += claimed.tornBytes;
    const supply = new SpoolSupply(() => filesOfSlot(directory, slot), now);
    for (let batch = supply.next(); batch; batch = supply.next()) {
      signal?.throwIfAborted();
      const written = await table.write(batch.events);
      batch.settle(written);
      sum.stored += written.stored;
      sum.duplicates += written.duplicates;
      sum.rejected += written.rejections.length;
    }
  }
  return { ...sum, inUse };
}
