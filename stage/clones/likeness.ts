import { canonicalJson, sha256 } from '../../ops/evidence.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { cloneQuery, writtenQuery } from './queries.ts';

/** Something about a copy that is not as it is in the original. */
export interface Difference {
  /** "policy orders_owner on table shop.orders", "owner", "sequence shop.orders_id_seq" */
  readonly object: string;
  /** Null where the original has nothing of the kind. */
  readonly original: string | null;
  /** Null where the copy has nothing of the kind. */
  readonly copy: string | null;
}

interface Signature {
  readonly part: string;
  readonly signature: string;
}

/** What everything in a database comes to: equal in a copy that is faithful, and in no other. */
export async function fingerprintOf(inside: Session): Promise<string> {
  return sha256(canonicalJson(Object.fromEntries(await signaturesOf(inside))));
}

/**
 * Everything in which a copy differs from its original: structure, rights, owners, policies, triggers, comments, defaults,
 * sequences. What was changed and changed back is no difference.
 * @param original a session on it
 * @param copy a session on the database that was made from its files
 */
export async function differences(original: Session, copy: Session): Promise<Difference[]> {
  const [ofOriginal, ofCopy] = await Promise.all([signaturesOf(original), signaturesOf(copy)]);
  const parts = [...new Set([...ofOriginal.keys(), ...ofCopy.keys()])];
  const found: Difference[] = [];
  for (const part of parts.filter((name) => ofOriginal.get(name) !== ofCopy.get(name))) {
    if (part.startsWith('sequence ')) found.push(compared(part, ofOriginal.get(part), ofCopy.get(part)));
    else found.push(...(await differencesIn(part, original, copy)));
  }
  return found;
}

/** What a server knows of two databases beside their contents: owner, rights, settings. */
export async function differencesBeside(
  server: Session,
  original: { database: string; connectRole: string },
  copy: { database: string; connectRole: string },
): Promise<Difference[]> {
  return differentFacts(await factsOf(server, original), await factsOf(server, copy));
}

/** What a server knows of a database beside its contents, by name. */
export type Facts = ReadonlyMap<string, string>;

export const differentFacts = (original: Facts, copy: Facts): Difference[] => comparedMaps(original, copy);

export async function factsOf(
  server: Session,
  { database, connectRole }: { database: string; connectRole: string },
): Promise<Facts> {
  const facts = await cloneQuery<{ fact: string; value: string }>(server, 'database_facts', [database, connectRole]);
  return new Map(facts.map(({ fact, value }) => [fact, value]));
}

async function signaturesOf(inside: Session): Promise<Map<string, string>> {
  const catalogs = await writtenQuery<Signature>(inside, 'signatures');
  const sequences = await writtenQuery<Signature>(inside, 'sequences');
  return new Map([...catalogs, ...sequences].map(({ part, signature }) => [part, signature]));
}

async function differencesIn(catalog: string, original: Session, copy: Session): Promise<Difference[]> {
  const [ofOriginal, ofCopy] = await Promise.all([entriesOf(original, catalog), entriesOf(copy, catalog)]);
  return comparedMaps(ofOriginal, ofCopy);
}

/** The entries of a catalog by object; several of one object in one text. */
async function entriesOf(inside: Session, catalog: string): Promise<Map<string, string>> {
  const entries = await writtenQuery<{ object: string; value: string }>(inside, 'entries', [catalog]);
  const byObject = Map.groupBy(entries, ({ object }) => object);
  return new Map(
    [...byObject].map(([object, list]) => [
      object,
      list
        .map(({ value }) => value)
        .sort()
        .join('\n'),
    ]),
  );
}

function comparedMaps(original: Facts, copy: Facts): Difference[] {
  const objects = [...new Set([...original.keys(), ...copy.keys()])];
  return objects
    .filter((object) => original.get(object) !== copy.get(object))
    .map((object) => compared(object, original.get(object), copy.get(object)));
}

function compared(object: string, original: string | undefined, copy: string | undefined): Difference {
  return { object, original: original ?? null, copy: copy ?? null };
}
