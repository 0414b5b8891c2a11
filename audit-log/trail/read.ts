import { readDays } from './days.ts';

/** An entry of the trail as its file holds it. Whether that is what was written, `verifyTrail` tells. */
export interface TrailEntry {
  number: number;
  heading: string;
  body: string;
  sha256: string;
  /** The name of its day file. */
  file: string;
}

/**
 * The entries of a trail, oldest first.
 * @throws DrydockError TRAIL_UNREADABLE
 */
export async function readTrail(directory: string, chain?: string): Promise<TrailEntry[]> {
  const days = await readDays(directory, chain);
  return days
    .flatMap((day) => day.entries)
    .map(({ number, heading, body, sha256, file }) => ({ number, heading, body, sha256, file }));
}
