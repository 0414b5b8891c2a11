/** The offline verifier: checks a folder of seals, and an export of records against it. Imports only what is copied into it. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { leafOf, sealedRanges, entriesOf, verifySeals, type Anchor, type Entry, type RecordFields } from './proof.ts';

export interface OfflineReport {
  readonly checkpoints: number;
  readonly sealed: number;
  /** Lines of the export that are the record that was sealed. */
  readonly proven: number;
  readonly head: (Anchor & { readonly at: string }) | undefined;
  readonly problems: readonly string[];
}

/**
 * @param seals the folder @param publicKey file of the public key @param records JSON lines of `drydock records export`, if any
 * @param anchor file with `{"number": …, "sha256": …}` of a checkpoint that was seen before, if any
 */
export async function verifyOffline(
  seals: string,
  publicKey: string,
  records: string | undefined,
  anchor: string | undefined,
): Promise<OfflineReport> {
  const anchors = anchor ? [JSON.parse(await readFile(anchor, 'utf8')) as Anchor] : [];
  const report = verifySeals(seals, await readFile(publicKey, 'utf8'), { anchors });
  const problems = report.problems.map(({ message }) => message);
  const sealed = new Map<string, Entry>();
  if (records)
    for (const { segment } of sealedRanges(seals, 1))
      for (const entry of entriesOf(segment)) sealed.set(entry.id, entry);
  let proven = 0;
  if (records) {
    for await (const line of createInterface({ input: createReadStream(records) })) {
      const record = JSON.parse(line) as RecordFields;
      const expected = sealed.get(record['id'] ?? '');
      if (expected?.leaf === leafOf(record)) proven += 1;
      else problems.push(`Record ${record['id']} ${expected ? 'is not what was sealed' : 'was never sealed'}.`);
      sealed.delete(record['id'] ?? '');
    }
    const from = [...sealed.values()].map(({ id }) => `Record ${id} was sealed and is not in the export.`);
    problems.push(...from);
  }
  const { checkpoints, records: count, head } = report;
  return { checkpoints, sealed: count, proven, head, problems };
}
