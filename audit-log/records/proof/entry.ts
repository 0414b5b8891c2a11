import { leafOf, type RecordFields } from './leaf.ts';

/** A record as a seal knows it. */
export interface Entry {
  readonly id: string;
  readonly workspace: string;
  /** Microseconds since 2000, as Postgres counts. */
  readonly createdAt: bigint;
  readonly transaction: bigint;
  /** Hex. */
  readonly leaf: string;
}

/** A packed entry: id, workspace, time, transaction, leaf. */
export const entryBytes = 80;

/** The packed entry of a record, made from its fields. */
export function packed(record: RecordFields): Buffer {
  const entry = Buffer.alloc(entryBytes);
  entry.write(record['id']!.replaceAll('-', ''), 0, 'hex');
  entry.write(record['workspace_id']!.replaceAll('-', ''), 16, 'hex');
  entry.writeBigInt64BE(microsecondsOf(record['created_at']!), 32);
  entry.writeBigUInt64BE(BigInt(record['transaction_id']!), 40);
  entry.write(leafOf(record), 48, 'hex');
  return entry;
}

/** The entries of a segment. */
export function entriesOf(segment: Buffer): Entry[] {
  return Array.from({ length: segment.length / entryBytes }, (_, n) => {
    const at = n * entryBytes;
    return {
      id: uuidAt(segment, at),
      workspace: uuidAt(segment, at + 16),
      createdAt: segment.readBigInt64BE(at + 32),
      transaction: segment.readBigUInt64BE(at + 40),
      leaf: segment.toString('hex', at + 48, at + 80),
    };
  });
}

/** The workspace of each entry, and where the entry begins. A segment has few workspaces and many entries. */
export function* workspacesOf(segment: Buffer): Generator<[workspace: string, at: number]> {
  const names = new Map<string, string>();
  for (let at = 0; at < segment.length; at += entryBytes) {
    const bytes = segment.toString('latin1', at + 16, at + 32);
    let name = names.get(bytes);
    if (!name) names.set(bytes, (name = uuidAt(segment, at + 16)));
    yield [name, at];
  }
}

/** The first day of the UTC month that a record stands under, `YYYY-MM-01`. */
export function monthOf({ createdAt }: Pick<Entry, 'createdAt'>): string {
  return `${dateOf(createdAt).toISOString().slice(0, 7)}-01`;
}

/** To the millisecond, from microseconds since 2000. */
export function dateOf(microseconds: bigint): Date {
  return new Date(epoch + Number(microseconds / 1000n));
}

/** Since 2000, from `2026-11-21 06:35:01.123456+00`. */
function microsecondsOf(text: string): bigint {
  const [, seconds, fraction = ''] = /^([^.+]+)(?:\.(\d+))?\+00$/.exec(text) ?? [];
  const ms = Date.parse(`${seconds!.replace(' ', 'T')}Z`) - epoch;
  return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

const epoch = Date.UTC(2000, 0, 1);

function uuidAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
