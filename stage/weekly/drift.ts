import type { DriftDigest } from '../../audit-log/digests/index.ts';

/** A time of drift: from the digest that found it to the one that no longer did. */
export interface DriftSpell {
  readonly since: string;
  /** Null while it lasts. */
  readonly until: string | null;
  readonly findings: number;
}

/** Spells of drift, oldest first. @param digests oldest first */
export function spellsOf(digests: readonly DriftDigest[]): DriftSpell[] {
  const spells: DriftSpell[] = [];
  for (const digest of digests) {
    const open = spells.at(-1)?.until === null ? spells.pop() : undefined;
    const findings = findingsOf(digest);
    if (findings > 0) spells.push({ since: open?.since ?? digest.made_at, until: null, findings });
    else if (open) spells.push({ ...open, until: digest.made_at });
  }
  return spells;
}

/** What a digest holds against the week: usage that drifted counts once for each share that did. */
export function findingsOf({ policy, structure, usage }: DriftDigest): number {
  const errors = policy.findings.filter(({ level }) => level === 'error').length;
  return errors + (structure?.findings.length ?? 0) + usage.drifts.length;
}

const dayMs = 86_400_000;

/** Milliseconds between two moments, Saturdays and Sundays (UTC) not counted. */
export function workingMs(since: Date, until: Date): number {
  let total = 0;
  for (let day = Math.floor(since.getTime() / dayMs); day * dayMs < until.getTime(); day += 1) {
    const weekday = new Date(day * dayMs).getUTCDay();
    if (weekday === 0 || weekday === 6) continue;
    total += Math.min(until.getTime(), (day + 1) * dayMs) - Math.max(since.getTime(), day * dayMs);
  }
  return total;
}
