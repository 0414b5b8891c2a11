import { hash } from 'node:crypto';

/** The fields of a record, in the order in which its leaf takes them; each as Postgres spells it in UTC, or null. */
export const fields = [
  ...['id', 'workspace_id', 'created_at', 'recorded_at', 'occurred_at', 'transaction_id', 'recorded_by', 'source'],
  ...['created_by_user_id', 'action_type', 'resource_type', 'resource_id', 'old_values', 'new_values'],
  ...['changed_fields', 'request_id', 'tags', 'metadata', 'subject_id', 'origin_sha256', 'values_sha256'],
] as const;

export type RecordFields = Readonly<Record<string, string | null>>;

export function sha256Of(bytes: Uint8Array | string): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/**
 * The leaf of a record, in hex: a byte 0, then its fields as Postgres sends an array of texts. Each has its length before it,
 * so that no two records have the same bytes.
 */
export function leafOf(record: RecordFields): string {
  const values = fields.map((name) => record[name] ?? null);
  const header = [1, values.includes(null) ? 1 : 0, textOid, values.length, 1].map(int32);
  const elements = values.flatMap((value) => {
    if (value === null) return [int32(-1)];
    const bytes = Buffer.from(value);
    return [int32(bytes.length), bytes];
  });
  return sha256Of(Buffer.concat([Buffer.alloc(1), ...header, ...elements])).toString('hex');
}

const textOid = 25;

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
