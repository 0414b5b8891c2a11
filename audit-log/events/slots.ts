import { tryLock, type HeldLock } from '../../ops/lock.ts';
import { highestSlot, slotLock, spoolFiles, type SpoolFile } from './file-names.ts';
import { settleMoves } from './move.ts';
import { repairTail } from './repair.ts';

/** A slot that is this process's own, with its files repaired. */
export interface ClaimedSlot extends Disposable {
  readonly slot: number;
  /** Bytes of half lines that were cut off. */
  readonly tornBytes: number;
}

/** @returns undefined when the slot has a writer */
export function claimSlot(directory: string, slot: number): ClaimedSlot | undefined {
  const lock: HeldLock | undefined = tryLock(slotLock(directory, slot));
  if (!lock) return undefined;
  settleMoves(directory, slot);
  const tornBytes = filesOfSlot(directory, slot).reduce((sum, file) => sum + repairTail(file), 0);
  return { slot, tornBytes, [Symbol.dispose]: () => lock[Symbol.dispose]() };
}

export function claimFreeSlot(directory: string): ClaimedSlot | undefined {
  for (let slot = 1; slot <= highestSlot; slot += 1) {
    const claimed = claimSlot(directory, slot);
    if (claimed) return claimed;
  }
  return undefined;
}

export function filesOfSlot(directory: string, slot: number): SpoolFile[] {
  return spoolFiles(directory).filter((file) => file.slot === slot);
}
