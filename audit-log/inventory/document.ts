import { csvOf } from '../../ops/csv.ts';
import { canonicalJson, sha256OfPieces } from '../../ops/evidence.ts';
import type { ReadOnlyReceipt } from '../../ops/postgres/index.ts';
import type { AuditFields, Coverage } from './audit-fields.ts';
import type { RowCount, Size } from './count.ts';
import type { SeedProgress } from './seeds.ts';
import type { Unseen } from './spare.ts';
import type { Structure, TableStructure } from './structure.ts';
import type { VersioningSystem } from './versioning.ts';

export interface DatabaseInfo {
  readonly database_name: string;
  readonly current_user: string;
  readonly session_user: string;
  readonly postgresql_version: string;
  readonly server_version: string;
  readonly encoding: string;
  readonly collation: string;
  readonly max_connections: string;
  readonly wal_level: string;
}

/** A table as the audit reports it: its structure, and what was measured. */
export interface AuditedTable extends TableStructure {
  /** The same as `row_count.value`; null, never -1, when unknown. */
  readonly record_count: number | null;
  readonly row_count: RowCount | null;
  readonly column_count: number;
  readonly bytes: number | null;
  readonly total_bytes: number | null;
  readonly audit_fields: AuditFields | null;
}

/** One audit: everything that is written, shown and compared. */
export interface Audit {
  readonly format: 'drydock inventory 1';
  /** ISO 8601 in UTC. */
  readonly audit_timestamp: string;
  readonly duration_ms: number;
  readonly database_info: DatabaseInfo;
  readonly read_only: ReadOnlyReceipt;
  /** sha256 of the canonical JSON of the structure: equal when, and only when, nothing of it changed. */
  readonly structure_sha256: string;
  /** Schemas that were asked for; null for all but the system's. */
  readonly schemas: readonly string[] | null;
  readonly summary: Summary;
  readonly versioning_system: VersioningSystem;
  readonly audit_coverage: Coverage;
  readonly seed_progress: SeedProgress | null;
  /** What could not be looked at, and why. */
  readonly unseen: readonly Unseen[];
  readonly tables: readonly AuditedTable[];
  readonly structure: Omit<Structure, 'tables'>;
}

export interface Summary {
  readonly total_tables: number;
  /** The sum of what is known; see `tables_without_count`. */
  readonly total_records: number;
  readonly tables_counted: Readonly<Record<RowCount['method'], number>>;
  readonly tables_with_created_by: number;
  readonly version_families: number;
  readonly developers: number;
  readonly columns: number;
  readonly indexes: number;
  readonly foreign_keys: number;
  readonly check_constraints: number;
  readonly unique_constraints: number;
  readonly triggers: number;
  readonly functions: number;
  readonly views: number;
  readonly policies: number;
}

export interface Measured {
  readonly counts: ReadonlyMap<string, RowCount>;
  readonly sizes: ReadonlyMap<string, Size>;
  readonly fields: ReadonlyMap<string, AuditFields>;
}

/** Joins the structure of every table with what was measured of it. */
export function auditedTables(structure: Structure, measured: Measured): AuditedTable[] {
  return structure.tables.map((table) => {
    const name = `${table.schema}.${table.table}`;
    const count = measured.counts.get(name) ?? null;
    const size = measured.sizes.get(name);
    return {
      ...table,
      record_count: count?.value ?? null,
      row_count: count,
      column_count: table.columns.length,
      bytes: size?.bytes ?? null,
      total_bytes: size?.total_bytes ?? null,
      audit_fields: measured.fields.get(name) ?? null,
    };
  });
}

/** The structure of an audit again, without what was measured: what two audits are compared by. */
export function structureOf({ tables, structure }: Pick<Audit, 'tables' | 'structure'>): Structure {
  const bare = tables.map(
    ({ record_count: _1, row_count: _2, column_count: _3, bytes: _4, total_bytes: _5, audit_fields: _6, ...table }) =>
      table,
  );
  return { tables: bare, ...structure };
}

/** The bytes that name a structure: its canonical JSON, and a line break. */
export function structureJson(structure: Structure): string {
  return [...structurePieces(structure)].join('');
}

export function structureSha256(structure: Structure): string {
  return sha256OfPieces(structurePieces(structure));
}

/** A fact at a time: of a large database all at once is megabytes, copied at every level. */
export function* structurePieces(structure: Structure): Generator<string> {
  let before = '{';
  for (const list of Object.keys(structure).sort() as (keyof Structure)[]) {
    yield `${before}${JSON.stringify(list)}:[`;
    before = '';
    for (const fact of structure[list]) {
      yield before + canonicalJson(fact);
      before = ',';
    }
    yield ']';
    before = ',';
  }
  yield '}\n';
}

export function summaryOf(
  structure: Structure,
  tables: readonly AuditedTable[],
  versioning: VersioningSystem,
): Summary {
  const counted = tables.filter(({ row_count }) => row_count !== null);
  const by = (method: RowCount['method']) => counted.filter(({ row_count }) => row_count!.method === method).length;
  const constraints = (type: string) => structure.constraints.filter((one) => one.type === type).length;
  return {
    total_tables: counted.length,
    total_records: counted.reduce((sum, { record_count }) => sum + (record_count ?? 0), 0),
    tables_counted: {
      exact: by('exact'),
      sampled: by('sampled'),
      statistics: by('statistics'),
      unknown: by('unknown'),
    },
    tables_with_created_by: tables.filter(({ audit_fields }) => audit_fields?.has_created_by).length,
    version_families: versioning.version_families.length,
    developers: versioning.developers.length,
    columns: structure.tables.reduce((sum, { columns }) => sum + columns.length, 0),
    indexes: structure.indexes.length,
    foreign_keys: constraints('f'),
    check_constraints: constraints('c'),
    unique_constraints: constraints('u'),
    triggers: structure.triggers.length,
    functions: structure.functions.length,
    views: structure.views.length,
    policies: structure.policies.length,
  };
}

const csvColumns = [
  ...['schema', 'table', 'records', 'columns', 'has_created_by', 'has_created_at', 'has_updated_by', 'has_updated_at'],
  ...['has_audit_trigger', 'created_by_values', 'owner', 'count_method', 'count_error', 'total_bytes'],
];

/** The tables, one a line, for a spreadsheet. An unknown number of rows is an empty field. */
export function tablesCsv(tables: readonly AuditedTable[]): string {
  const rows = tables
    .filter(({ row_count }) => row_count !== null)
    .map(({ audit_fields: fields, row_count: count, ...table }) => ({
      schema: table.schema,
      table: table.table,
      records: table.record_count ?? '',
      columns: table.column_count,
      has_created_by: yesNo(fields?.has_created_by),
      has_created_at: yesNo(fields?.has_created_at),
      has_updated_by: yesNo(fields?.has_updated_by),
      has_updated_at: yesNo(fields?.has_updated_at),
      has_audit_trigger: yesNo(fields?.has_audit_trigger),
      created_by_values: (fields?.created_by_values ?? []).join(','),
      owner: table.owner,
      count_method: count?.method,
      count_error: count?.error ?? '',
      total_bytes: table.total_bytes ?? '',
    }));
  return csvOf(rows, csvColumns);
}

function yesNo(value: boolean | undefined): string {
  return value ? 'True' : 'False';
}
