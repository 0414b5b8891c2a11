import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { InventorySettings } from '../../ops/config/index.ts';
import { rowsOfCsv } from '../../ops/csv.ts';
import { DrydockError, messageOf } from '../../ops/errors.ts';
import { identifier, qualified } from '../../ops/postgres/index.ts';
import type { RowCount } from './count.ts';
import { nameOf, type Relation } from './relations.ts';
import type { SparingReader } from './spare.ts';

/** How far one table is loaded. `unknown` is what could not be counted exactly, and is not a pass. */
export interface SeedTable {
  readonly table: string;
  readonly status: 'loaded' | 'short' | 'empty' | 'missing' | 'unexpected' | 'unknown';
  readonly expected: string;
  readonly rows: number | null;
  readonly detail: string;
  /** Keys of the CSV file that the table lacks, and the other way round; at most `mostKeys` of each. */
  readonly missing_keys: readonly string[];
  readonly unexpected_keys: readonly string[];
}

export interface SeedProgress {
  readonly verdict: 'go' | 'no-go' | 'unproven';
  readonly examined: number;
  readonly violations: number;
  readonly tables: readonly SeedTable[];
}

type Seed = InventorySettings['seeds'][string];
type KeySeed = Extract<Seed, { csv: string }>;

const mostKeys = 100;

/**
 * Compares tables with what the manifest says they hold.
 * @param root the folder that the manifest's CSV files are relative to
 * @returns null when there is no manifest
 * @throws INVENTORY_SEED when a CSV file cannot be read, or lacks its key or repeats one
 */
export async function readSeedProgress(
  reader: SparingReader,
  relations: readonly Relation[],
  counts: ReadonlyMap<number, RowCount>,
  manifest: InventorySettings['seeds'],
  root: string,
): Promise<SeedProgress | null> {
  const seeds = Object.entries(manifest);
  if (seeds.length === 0) return null;
  const byName = new Map(relations.map((relation) => [nameOf(relation), relation]));
  const tables: SeedTable[] = [];
  for (const [table, seed] of seeds) {
    const relation = byName.get(table);
    const count = relation && counts.get(relation.oid);
    if (!relation || !count) tables.push(tableOf(table, seed, 'missing', null, 'there is no such table'));
    else if ('csv' in seed) tables.push(await byKeys(reader, relation, seed, root));
    else tables.push(byCount(table, seed, count));
  }
  const violations = tables.filter(({ status }) => status !== 'loaded' && status !== 'unknown').length;
  const unknown = tables.some(({ status }) => status === 'unknown');
  const verdict = violations > 0 ? 'no-go' : unknown ? 'unproven' : 'go';
  return { verdict, examined: tables.length, violations, tables };
}

function byCount(table: string, seed: Exclude<Seed, KeySeed>, count: RowCount): SeedTable {
  const { value, method } = count;
  if (method !== 'exact' || value === null) {
    return tableOf(table, seed, 'unknown', value, `not counted exactly: ${count.reason}`);
  }
  const wanted = 'exact' in seed ? seed.exact : seed.atLeast;
  if (value === 0 && wanted > 0) return tableOf(table, seed, 'empty', value, `short by ${wanted}`);
  if (value < wanted) return tableOf(table, seed, 'short', value, `short by ${wanted - value}`);
  if ('exact' in seed && value > wanted) return tableOf(table, seed, 'unexpected', value, `${value - wanted} too many`);
  return tableOf(table, seed, 'loaded', value, '');
}

async function byKeys(reader: SparingReader, relation: Relation, seed: KeySeed, root: string): Promise<SeedTable> {
  const table = nameOf(relation);
  const expected = await keysOfFile(table, seed, root);
  const found = relation.rows_hidden ? null : await keysOfTable(reader, relation, seed.key);
  if (!found) return tableOf(table, seed, 'unknown', null, 'its keys could not be read', expected.size);
  const missing = [...expected].filter((key) => !found.has(key)).sort();
  const extra = [...found].filter((key) => !expected.has(key)).sort();
  const status =
    missing.length > 0 ? (found.size === 0 ? 'empty' : 'short') : extra.length > 0 ? 'unexpected' : 'loaded';
  const detail = status === 'loaded' ? '' : `${missing.length} keys missing, ${extra.length} not in ${seed.csv}`;
  return {
    ...tableOf(table, seed, status, found.size, detail, expected.size),
    missing_keys: missing.slice(0, mostKeys),
    unexpected_keys: extra.slice(0, mostKeys),
  };
}

async function keysOfFile(table: string, seed: KeySeed, root: string): Promise<Set<string>> {
  const file = resolve(root, seed.csv);
  const complain = (what: string, cause?: unknown) =>
    new DrydockError('INVENTORY_SEED', `The seed file ${seed.csv} of ${table} ${what}.`, {
      hint: 'Correct inventory.seeds in the project file, or the CSV file.',
      cause,
    });
  const text = await readFile(file).catch((error) => {
    throw complain(`cannot be read: ${messageOf(error)}`, error);
  });
  const rows = rowsOfCsv(text);
  const lacking = seed.key.find((column) => rows[0] && !(column in rows[0]));
  if (lacking !== undefined) throw complain(`has no column ${lacking}`);
  const keys = rows.map((row) => keyText(seed.key.map((column) => row[column] ?? '')));
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) throw complain(`has the key ${repeated} twice`);
  return new Set(keys);
}

async function keysOfTable(
  reader: SparingReader,
  relation: Relation,
  key: readonly string[],
): Promise<Set<string> | null> {
  const columns = key.map((column) => `content.${identifier(column)}::text`).join(', ');
  let read = false;
  const rows = await reader.read('seed keys', [relation], async () => {
    const { rows: found } = await reader.session.query<{ key: string[] }>(
      `select array[${columns}] as key from ${qualified(relation.schema, relation.table)} as content`,
    );
    read = true;
    return found;
  });
  return read ? new Set(rows.map((row) => keyText(row.key))) : null;
}

function keyText(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] ?? '') : JSON.stringify(parts);
}

function tableOf(
  table: string,
  seed: Seed,
  status: SeedTable['status'],
  rows: number | null,
  detail: string,
  keys?: number,
): SeedTable {
  const expected =
    'exact' in seed
      ? `exactly ${seed.exact}`
      : 'atLeast' in seed
        ? `at least ${seed.atLeast}`
        : `${keys ?? 'the'} keys of ${seed.csv}`;
  return { table, status, expected, rows, detail, missing_keys: [], unexpected_keys: [] };
}
