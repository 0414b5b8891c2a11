import type { Session } from '../../ops/postgres/index.ts';
import { ask } from './catalog.ts';
import type { NamedTable } from './workload.ts';

/** A table that is filled, and with how many rows. */
export interface ScaledTable extends NamedTable {
  readonly oid: number;
  readonly rows: number;
}

interface FoundTable extends NamedTable {
  readonly oid: number;
  readonly parents: readonly number[];
}

/** A table that others refer to has so many times fewer rows than they. */
const rowsPerParent = 10;
const fewest = 20;

/**
 * The tables that a workload works on, those that others refer to first, with their rows: `largest` where nothing refers
 * to a table, a tenth of that one step up, and so on.
 */
export async function scaleTables(
  session: Session,
  named: readonly NamedTable[],
  largest: number,
): Promise<ScaledTable[]> {
  const found = await ask<FoundTable>(session, 'tables', JSON.stringify(named));
  const heights = heightsOf(found);
  return parentsFirst(found).map(({ oid, schema, name }) => ({
    oid,
    schema,
    name,
    rows: Math.max(fewest, Math.round(largest / rowsPerParent ** heights.get(oid)!)),
  }));
}

/** Parents before their children; where tables refer to each other in a circle, the circle is cut somewhere. */
function parentsFirst(tables: readonly FoundTable[]): FoundTable[] {
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  const ordered = new Set<FoundTable>();
  const visiting = new Set<number>();
  const visit = (table: FoundTable) => {
    if (visiting.has(table.oid)) return;
    visiting.add(table.oid);
    for (const parent of table.parents) if (byOid.has(parent)) visit(byOid.get(parent)!);
    ordered.add(table);
  };
  tables.forEach(visit);
  return [...ordered];
}

/** The longest way from a table down to one that nothing refers to. Children come after their parents in the list. */
function heightsOf(tables: readonly FoundTable[]): Map<number, number> {
  const ordered = parentsFirst(tables);
  const place = new Map(ordered.map(({ oid }, index) => [oid, index]));
  const heights = new Map(ordered.map(({ oid }) => [oid, 0]));
  for (const child of ordered.toReversed()) {
    for (const parent of child.parents) {
      if ((place.get(parent) ?? Infinity) > place.get(child.oid)!) continue; // where a circle was cut
      heights.set(parent, Math.max(heights.get(parent)!, heights.get(child.oid)! + 1));
    }
  }
  return heights;
}
