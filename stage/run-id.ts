import { randomBytes } from 'node:crypto';

/** Sorts by time and is unique: `20250922T153706Z-1f3a9c2e`. */
export function newRunId(at: Date): string {
  const stamp = at.toISOString().replace(/[-:]|\.\d+/g, '');
  return `${stamp}-${randomBytes(4).toString('hex')}`;
}

/** A promotion is named like a run, and told from one: `promote-20250922T153706Z-1f3a9c2e`. */
export function newPromotionId(at: Date): string {
  return `promote-${newRunId(at)}`;
}

/** Whether a file beside the trail is the report of a promotion; those of runs lie there too. */
export function isPromotionReport(file: string): boolean {
  return /^promote-\d{8}T\d{6}Z-[0-9a-f]{8}\.json$/.test(file);
}
