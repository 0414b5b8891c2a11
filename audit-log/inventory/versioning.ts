import type { InventorySettings } from '../../ops/config/index.ts';
import { maskRow } from './mask.ts';
import { nameOf, type Relation } from './relations.ts';
import { readRows, type Row } from './rows.ts';
import type { RowCount } from './count.ts';
import type { SparingReader } from './spare.ts';

export interface TableThere {
  readonly exists: boolean;
  readonly count: number | null;
}

/** What stands in the tables of a versioning system, and what does not fit together. */
export interface VersioningSystem {
  readonly versioning_tables_exist: Readonly<Record<string, TableThere>>;
  readonly version_families: readonly Row[];
  readonly versions: readonly Row[];
  readonly domain_mappings: readonly Row[];
  /** Without names and addresses: who may edit is the organisation's business. */
  readonly developers: readonly Row[];
  /** Null where the tables that would answer are not there or could not be read whole. */
  readonly validation: {
    readonly families_without_active_version: readonly string[] | null;
    readonly families_with_multiple_active_versions: readonly string[] | null;
    readonly domain_map_missing_tables: readonly string[] | null;
    readonly domain_map_unexpected_tables: readonly string[] | null;
  };
}

/** A versioning system is a few hundred rows; more than this is a table that only has the name. */
const mostRows = 5000;

type Part = 'family' | 'version' | 'map' | 'developer';

export async function readVersioning(
  reader: SparingReader,
  relations: readonly Relation[],
  counts: ReadonlyMap<number, RowCount>,
  settings: InventorySettings['versioning'],
): Promise<VersioningSystem> {
  const byName = new Map(relations.map((relation) => [nameOf(relation), relation]));
  const contents: Record<Part, Row[] | null> = { family: null, version: null, map: null, developer: null };
  const there: Record<string, TableThere> = {};
  for (const part of Object.keys(contents) as Part[]) {
    const relation = byName.get(settings[part]);
    there[settings[part]] = {
      exists: relation !== undefined,
      count: relation ? (counts.get(relation.oid)?.value ?? null) : null,
    };
    const rows = relation ? await readRows(reader, relation, 'versioning', mostRows + 1) : null;
    contents[part] = rows && rows.length <= mostRows && !relation?.rows_hidden ? rows : null;
  }
  return {
    versioning_tables_exist: there,
    version_families: contents.family ?? [],
    versions: contents.version ?? [],
    domain_mappings: contents.map ?? [],
    developers: (contents.developer ?? []).map(maskRow),
    validation: {
      ...activeVersions(contents.family, contents.version),
      ...mapping(contents.map, relations, Object.values(settings)),
    },
  };
}

function activeVersions(families: Row[] | null, versions: Row[] | null) {
  if (!families || !versions) {
    return { families_without_active_version: null, families_with_multiple_active_versions: null };
  }
  const active = Map.groupBy(
    versions.filter((version) => version['is_active'] === true),
    (version) => String(version['version_family_id']),
  );
  const having = (wanted: (count: number) => boolean) =>
    families
      .filter((family) => wanted(active.get(String(family['id']))?.length ?? 0))
      .map((family) => String(family['short_code'] ?? family['id']))
      .sort();
  return {
    families_without_active_version: having((count) => count === 0),
    families_with_multiple_active_versions: having((count) => count > 1),
  };
}

/** Tables of the mapped schemas that no family claims, and claims on tables that are not there. */
function mapping(map: Row[] | null, relations: readonly Relation[], own: readonly string[]) {
  if (!map) return { domain_map_missing_tables: null, domain_map_unexpected_tables: null };
  const mapped = new Set(map.map((row) => `${row['schema_name']}.${row['table_name']}`));
  const schemas = new Set(map.map((row) => row['schema_name']));
  const tables = relations
    .filter(({ kind, is_partition }) => (kind === 'table' || kind === 'partitioned table') && !is_partition)
    .map((relation) => ({ schema: relation.schema, name: nameOf(relation) }));
  const known = new Set(relations.map(nameOf));
  return {
    domain_map_missing_tables: tables
      .filter(({ schema, name }) => schemas.has(schema) && !mapped.has(name) && !own.includes(name))
      .map(({ name }) => name),
    domain_map_unexpected_tables: [...mapped].filter((name) => !known.has(name)).sort(),
  };
}
