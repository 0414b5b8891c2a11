import { randomBytes } from 'node:crypto';

/** Sorts by time and is unique: `20250922T153706Z-1f3a9c2e`. */
export function newRunId(at: Date): string {
  const stamp = at.toISOString().replace(/[-:]|\.\d+/g, '');
  return `${stamp}-${randomBytes(4).toString('hex')}`;
}
