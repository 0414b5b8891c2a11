import type { Size } from './count.ts';
import type { Relation } from './relations.ts';
import type { SparingReader } from './spare.ts';

/** Bytes by oid. The partitions' are added up to their root, which has none of its own. */
export async function readSizes(reader: SparingReader, relations: readonly Relation[]): Promise<Map<number, Size>> {
  const rows = await reader.catalog<Size & { oid: number }>(
    'sizes',
    relations.filter(({ kind }) => kind === 'table' || kind === 'partitioned table' || kind === 'materialised view'),
  );
  const rootOf = new Map(relations.map(({ oid, root_oid }) => [oid, root_oid ?? oid]));
  const sizes = new Map<number, Size>();
  for (const { oid, bytes, total_bytes } of rows) {
    const root = rootOf.get(oid)!;
    const sum = sizes.get(root) ?? { bytes: 0, total_bytes: 0 };
    sizes.set(root, { bytes: sum.bytes + bytes, total_bytes: sum.total_bytes + total_bytes });
  }
  return sizes;
}
