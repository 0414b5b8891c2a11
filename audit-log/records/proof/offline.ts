import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Anchor } from './checkpoint.ts';
import { Comparison, type Sealed } from './compare.ts';
import { dateOf, entryBytes, monthOf, packed } from './entry.ts';
import type { RecordFields } from './leaf.ts';
import type { Problem } from './problem.ts';
import { sealedRanges, verifySeals, type SealedRange, type SealsReport } from './seals.ts';

/** The first line of an export: of which database at which transaction, and the time whose records it holds. */
export interface ExportHeader {
  readonly export: 'drydock records';
  readonly database: string;
  /** The first transaction that had not begun. */
  readonly transaction: string;
  readonly since: string;
  readonly until: string;
}

/** The last line of an export: how many records stand before it, and which cold files could not be read. */
export interface ExportEnd {
  readonly end: number;
  readonly unread: readonly { readonly file: string; readonly why: string }[];
}

export interface OfflineOrder {
  /** The folder. */
  readonly seals: string;
  /** File with the public key. */
  readonly publicKey: string;
  /** What `drydock records export` wrote; without it the seals alone are verified. */
  readonly records?: string | undefined;
  /** File with `{"number": …, "sha256": …}` of a checkpoint that was seen before. */
  readonly anchor?: string | undefined;
}

export interface OfflineReport {
  readonly checkpoints: number;
  readonly sealed: number;
  /** Records of the export that were sealed, changed ones included. */
  readonly compared: number;
  /** Records of the export that came after the last checkpoint. */
  readonly unsealed: number;
  readonly head: SealsReport['head'];
  readonly problems: readonly Problem[];
}

/** Verifies seals, and an export of records against them, from files alone. */
export async function verifyOffline(order: OfflineOrder): Promise<OfflineReport> {
  const anchors = order.anchor ? [JSON.parse(await readFile(order.anchor, 'utf8')) as Anchor] : [];
  const seals = verifySeals(order.seals, await readFile(order.publicKey, 'utf8'), { anchors });
  const about = { checkpoints: seals.checkpoints, sealed: seals.records, head: seals.head };
  if (!order.records) return { ...about, compared: 0, unsealed: 0, problems: seals.problems };
  const records = await ExportedRecords.read(order.records, [...sealedRanges(order.seals, rangeRecords)]);
  const { compared, problems } = records.compared(seals);
  return { ...about, compared, unsealed: records.unsealed, problems: [...seals.problems, ...problems] };
}

const rangeRecords = 50_000;

/** The records of an export, each with the range of transactions that it says it is of. */
class ExportedRecords {
  readonly #ranges: readonly SealedRange[];
  readonly #found: Buffer[][];
  readonly #problems: Problem[] = [];
  #header: ExportHeader | undefined;
  #end: ExportEnd | undefined;
  #count = 0;
  unsealed = 0;

  private constructor(ranges: readonly SealedRange[]) {
    this.#ranges = ranges;
    this.#found = ranges.map(() => []);
  }

  static async read(path: string, ranges: readonly SealedRange[]): Promise<ExportedRecords> {
    const records = new ExportedRecords(ranges);
    let number = 0;
    for await (const line of createInterface({ input: createReadStream(path) })) records.#line(line, (number += 1));
    return records;
  }

  /** Against what was sealed of the time that the export is of. */
  compared({ head, sizes }: SealsReport): { compared: number; problems: Problem[] } {
    const header = this.#header;
    if (!header) return { compared: 0, problems: [problemOfFile('does not begin as an export of records does')] };
    const comparison = new Comparison(sizes);
    for (const [n, { segment }] of this.#ranges.entries()) comparison.range(segment, Buffer.concat(this.#found[n]!));
    const { problems, missing } = comparison.finish((record) => !isWithin(header, record));
    return {
      compared: this.#count - this.unsealed,
      problems: [
        ...this.#problems,
        ...this.#aboutFile(),
        ...aboutOrigin(header, head),
        ...this.#lost(missing),
        ...problems,
      ],
    };
  }

  #line(line: string, number: number): void {
    try {
      const value = JSON.parse(line) as RecordFields | ExportHeader | ExportEnd;
      if ('export' in value) this.#header = value as ExportHeader;
      else if ('end' in value) this.#end = value as unknown as ExportEnd;
      else this.#record(value);
    } catch {
      this.#problems.push(problemOfFile(`has no record in line ${number}: it was overwritten`));
    }
  }

  #record(record: RecordFields): void {
    const entry = packed(record);
    const transaction = BigInt(record['transaction_id']!);
    const range = this.#ranges.findIndex(({ to }) => transaction < BigInt(to));
    if (range === -1) this.unsealed += 1;
    else this.#found[range]!.push(entry);
    this.#count += 1;
  }

  #aboutFile(): Problem[] {
    if (!this.#end) return [problemOfFile('has no end: it was cut')];
    const unread = this.#end.unread.map(({ file, why }) => ({ kind: 'file-lost', message: `${file} ${why}.` }));
    if (this.#end.end === this.#count) return unread;
    return [problemOfFile(`holds ${this.#count} records and was written with ${this.#end.end}`), ...unread];
  }

  /** Months of which nothing is left: their partition or file went whole. */
  #lost(missing: readonly Sealed[]): Problem[] {
    const gone = Map.groupBy(missing, monthOf);
    const sealed = sealedByMonth(this.#ranges);
    return [...gone]
      .filter(([month, records]) => records.length === sealed.get(month))
      .map(([month, records]) => ({
        kind: 'partition',
        message: `None of the ${records.length} sealed records of ${month.slice(0, 7)} is there: their partition is gone.`,
      }));
  }
}

function aboutOrigin({ database, transaction }: ExportHeader, head: SealsReport['head']): Problem[] {
  if (!head) return [];
  if (database !== head.database)
    return [{ kind: 'database', message: `The seals are of ${head.database}, and the export is of ${database}.` }];
  if (BigInt(transaction) >= BigInt(head.horizon)) return [];
  const message = `The database stood at transaction ${transaction}, and was sealed up to ${head.horizon}: an older state was restored.`;
  return [{ kind: 'restored', message }];
}

function isWithin({ since, until }: ExportHeader, { createdAt }: Sealed): boolean {
  const at = dateOf(createdAt);
  return at >= new Date(since) && at < new Date(until);
}

function sealedByMonth(ranges: readonly SealedRange[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { segment } of ranges)
    for (let at = 0; at + entryBytes <= segment.length; at += entryBytes) {
      const month = monthOf({ createdAt: segment.readBigInt64BE(at + 32) });
      counts.set(month, (counts.get(month) ?? 0) + 1);
    }
  return counts;
}

function problemOfFile(what: string): Problem {
  return { kind: 'export', message: `The file of records ${what}.` };
}
