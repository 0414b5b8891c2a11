import { genesis } from './format.ts';
import type { StoredEntry } from './parse.ts';
import { beginsElsewhere, duplicated, edited, inserted, removed, reordered, rewritten } from './problems.ts';
import type { TrailProblem } from './problems.ts';

/**
 * What is wrong with the sequence of entries.
 * @param entries all of the trail, in the order of its files and lines
 * @param head the sha256 of an entry known to be genuine, if any
 */
export function chainProblems(entries: readonly StoredEntry[], head: string | undefined): TrailProblem[] {
  const placed = withPlaces(entries);
  const byNumber = genuineByNumber(placed, head);
  const genuine = placed.filter((entry) => byNumber.get(entry.number) === entry);
  return [
    ...gaps(genuine),
    ...placed.filter((entry) => !entry.intact).map(edited),
    ...copies(placed, byNumber),
    ...brokenLinks(genuine, byNumber),
  ];
}

/** The number in a changed entry may be what was changed, so where `prev` still fits, its place decides. */
function withPlaces(entries: readonly StoredEntry[]): StoredEntry[] {
  let before = { number: 0, sha256: genesis };
  return entries.map((entry) => {
    const isInPlace = !entry.intact && entry.prev === before.sha256;
    before = isInPlace ? { ...entry, number: before.number + 1 } : entry;
    return { ...entry, number: before.number };
  });
}

/** Of several entries with one number, the one that the rest of the chain, or the head, vouches for. */
function genuineByNumber(entries: readonly StoredEntry[], head: string | undefined): Map<number, StoredEntry> {
  const vouchedFor = new Set([...entries.map((entry) => entry.prev), head]);
  const trust = new Map(entries.map((entry, index) => [entry, trustIn(entry, entries[index - 1], vouchedFor)]));
  const genuine = new Map<number, StoredEntry>();
  for (const entry of entries) {
    const rival = genuine.get(entry.number);
    if (!rival || trust.get(entry)! > trust.get(rival)!) genuine.set(entry.number, entry);
  }
  return genuine;
}

function trustIn(entry: StoredEntry, before: StoredEntry | undefined, vouchedFor: Set<string | undefined>): number {
  const isInPlace = entry.prev === (before?.sha256 ?? genesis);
  return Number(entry.intact) * 4 + Number(vouchedFor.has(entry.sha256)) * 2 + Number(isInPlace);
}

function copies(entries: readonly StoredEntry[], byNumber: Map<number, StoredEntry>): TrailProblem[] {
  return entries
    .filter((entry) => entry.intact && byNumber.get(entry.number) !== entry)
    .map((entry) => {
      const genuine = byNumber.get(entry.number)!;
      return genuine.sha256 === entry.sha256 ? duplicated(entry) : inserted(entry, genuine);
    });
}

/** Numbers that are skipped: their entries stand further down, or nowhere. */
function gaps(genuine: readonly StoredEntry[]): TrailProblem[] {
  const problems: TrailProblem[] = [];
  let highest = 0;
  for (const entry of genuine) {
    const [from, to] = [highest + 1, entry.number - 1];
    highest = Math.max(highest, entry.number);
    if (to < from) continue;
    const later = genuine.map(({ number }) => number).filter((number) => number >= from && number <= to);
    const count = to - from + 1 - later.length;
    if (count > 0) problems.push(removed(entry, { from, to, count }));
    if (later.length > 0)
      problems.push(
        reordered(
          entry,
          later.reduce((a, b) => Math.min(a, b)),
        ),
      );
  }
  return problems;
}

/** Entries that are whole in themselves but do not name the one before: one of the two was hashed anew. */
function brokenLinks(genuine: readonly StoredEntry[], byNumber: Map<number, StoredEntry>): TrailProblem[] {
  const problems = new Map<number, TrailProblem>();
  for (const entry of genuine.filter(({ intact }) => intact)) {
    const [before, after] = [byNumber.get(entry.number - 1), byNumber.get(entry.number + 1)];
    if (entry.number === 1 && entry.prev !== genesis) problems.set(1, beginsElsewhere(entry));
    if (!before?.intact || entry.prev === before.sha256 || problems.has(before.number)) continue;
    const isForeign = after !== undefined && after.prev !== entry.sha256;
    const [culprit, witness] = isForeign ? [entry, before] : [before, entry];
    problems.set(culprit.number, rewritten(culprit, witness.number));
  }
  return [...problems.values()];
}
