import type { InventorySettings } from '../../ops/config/index.ts';
import { identifier, qualified } from '../../ops/postgres/index.ts';
import type { Size } from './count.ts';
import { maskRow, maskText } from './mask.ts';
import { catalogQuery, nameOf, type Relation } from './relations.ts';
import { readRows, type Row } from './rows.ts';
import type { SparingReader } from './spare.ts';
import type { Structure, TableStructure } from './structure.ts';

export interface Range {
  readonly min: string;
  readonly max: string;
}

/** Which of the four columns a table has, and what they hold. Values are null where they were not read. */
export interface AuditFields {
  readonly has_created_by: boolean;
  readonly has_created_at: boolean;
  readonly has_updated_by: boolean;
  readonly has_updated_at: boolean;
  readonly has_audit_trigger: boolean;
  readonly created_by_values: readonly string[] | null;
  readonly updated_by_values: readonly string[] | null;
  readonly created_at_range: Range | null;
  readonly updated_at_range: Range | null;
  /** Empty unless samples were asked for. */
  readonly sample_records: readonly Row[];
}

/** How much of a database says who made what. */
export interface Coverage {
  readonly tables: number;
  readonly with_created_by: number;
  readonly with_created_at: number;
  readonly with_updated_by: number;
  readonly with_updated_at: number;
  readonly with_all_four: number;
  readonly with_audit_trigger: number;
  /** Tables that have all four columns, and no trigger that fills them. */
  readonly missing_audit_trigger: readonly string[];
  /** Tables in which every author that was read is the system itself: nobody has put a name to these rows. */
  readonly attributed_to_system_only: readonly string[];
}

/** The first developer, who stands for what no person did: the bootstrap makes it, itself included. */
const systemAuthor = '1';

interface Found {
  readonly oid: number;
  readonly created_by_values: string[] | null;
  readonly updated_by_values: string[] | null;
  readonly created_at_min: string | null;
  readonly created_at_max: string | null;
  readonly updated_at_min: string | null;
  readonly updated_at_max: string | null;
}

/** Tables whose authors are asked for by one statement. */
const batchTables = 50;

/** Past this size, reading every author would be a scan that nobody asked for. */
const largestBytes = 256 * 1024 ** 2;

const sampleRows = 3;

/** Reads the audit fields of every table. Views and what this role may not read have their presence only. */
export async function readAuditFields(
  reader: SparingReader,
  relations: readonly Relation[],
  structure: Structure,
  settings: InventorySettings['auditFields'],
  options: { readonly sizes: ReadonlyMap<number, Size>; readonly samples: boolean },
): Promise<Map<string, AuditFields>> {
  const byName = new Map(relations.map((relation) => [nameOf(relation), relation]));
  const triggers = new Set(
    structure.triggers.filter((trigger) => trigger.function.split('.').at(-1) === settings.function).map(nameOf),
  );
  const readable = structure.tables.flatMap((table) => {
    const relation = byName.get(nameOf(table))!;
    return isReadable(relation, options.sizes, reader) ? [{ table, relation }] : [];
  });
  const worthReading = readable.filter(({ table }) => presence(table, settings).any);
  const found = await readFound(reader, worthReading, settings);
  const fields = new Map<string, AuditFields>();
  for (const table of structure.tables.filter(({ kind }) => kind !== 'view')) {
    const relation = byName.get(nameOf(table))!;
    const sampled = options.samples && readable.some((one) => one.relation === relation);
    const rows = sampled ? await readRows(reader, relation, 'sample records', sampleRows) : null;
    fields.set(nameOf(table), {
      ...fieldsOf(table, found.get(relation.oid), settings),
      has_audit_trigger: triggers.has(nameOf(table)),
      sample_records: (rows ?? []).map(maskRow),
    });
  }
  return fields;
}

/** @param developers the table of the authors themselves, which the system begins */
export function coverageOf(fields: ReadonlyMap<string, AuditFields>, developers: string): Coverage {
  const all = [...fields];
  const count = (has: (one: AuditFields) => boolean) => all.filter(([, one]) => has(one)).length;
  return {
    tables: all.length,
    with_created_by: count((one) => one.has_created_by),
    with_created_at: count((one) => one.has_created_at),
    with_updated_by: count((one) => one.has_updated_by),
    with_updated_at: count((one) => one.has_updated_at),
    with_all_four: count(hasAllFour),
    with_audit_trigger: count((one) => one.has_audit_trigger),
    missing_audit_trigger: all.filter(([, one]) => hasAllFour(one) && !one.has_audit_trigger).map(([name]) => name),
    attributed_to_system_only: all
      .filter(([name, one]) => name !== developers && one.created_by_values?.join() === systemAuthor)
      .map(([name]) => name),
  };
}

function hasAllFour(one: AuditFields): boolean {
  return one.has_created_by && one.has_created_at && one.has_updated_by && one.has_updated_at;
}

function isReadable(relation: Relation, sizes: ReadonlyMap<number, Size>, reader: SparingReader): boolean {
  if (relation.kind === 'view' || relation.kind === 'foreign table') return false;
  if (!relation.may_read) return false;
  const tooLarge = (sizes.get(relation.oid)?.bytes ?? Infinity) > largestBytes;
  if (tooLarge) reader.leaveOut(nameOf(relation), 'audit fields', 'the table is too large to read for its authors');
  return !tooLarge;
}

function presence(table: TableStructure, settings: InventorySettings['auditFields']) {
  const columns = new Set(table.columns.map(({ column_name }) => column_name));
  const has = {
    has_created_by: columns.has(settings.createdBy),
    has_created_at: columns.has(settings.createdAt),
    has_updated_by: columns.has(settings.updatedBy),
    has_updated_at: columns.has(settings.updatedAt),
  };
  return { has, any: Object.values(has).includes(true) };
}

async function readFound(
  reader: SparingReader,
  tables: readonly { readonly table: TableStructure; readonly relation: Relation }[],
  settings: InventorySettings['auditFields'],
): Promise<Map<number, Found>> {
  const template = (await catalogQuery('audit_fields')).text;
  const statements = new Map(
    tables.map(({ table, relation }) => [relation.oid, statementFor(template, table, relation, settings)]),
  );
  const rows: Found[] = [];
  for (let start = 0; start < tables.length; start += batchTables) {
    const batch = tables.slice(start, start + batchTables).map(({ relation }) => relation);
    rows.push(
      ...(await reader.read('audit fields', batch, async (some) => {
        const parts = some.map(({ oid }) => statements.get(oid)!);
        return (await reader.session.query<Found>(parts.join('\nunion all\n'))).rows;
      })),
    );
  }
  return new Map(rows.map((row) => [row.oid, row]));
}

function statementFor(
  template: string,
  table: TableStructure,
  relation: Relation,
  settings: InventorySettings['auditFields'],
): string {
  const { has } = presence(table, settings);
  const column = (present: boolean, name: string, type: string) =>
    present ? `content.${identifier(name)}::${type}` : `null::${type}`;
  const values: Record<string, string> = {
    oid: String(relation.oid),
    source: qualified(relation.schema, relation.table),
    created_by: column(has.has_created_by, settings.createdBy, 'text'),
    updated_by: column(has.has_updated_by, settings.updatedBy, 'text'),
    created_at: column(has.has_created_at, settings.createdAt, 'timestamptz'),
    updated_at: column(has.has_updated_at, settings.updatedAt, 'timestamptz'),
  };
  return template
    .replace(/^--.*\n/gm, '')
    .replace(/(?<!:):(oid|source|created_by|updated_by|created_at|updated_at)\b/g, (_, key: string) => values[key]!);
}

function fieldsOf(table: TableStructure, found: Found | undefined, settings: InventorySettings['auditFields']) {
  const { has } = presence(table, settings);
  return {
    ...has,
    created_by_values: found ? (found.created_by_values ?? []).map(maskText) : null,
    updated_by_values: found ? (found.updated_by_values ?? []).map(maskText) : null,
    created_at_range: rangeOf(found?.created_at_min, found?.created_at_max),
    updated_at_range: rangeOf(found?.updated_at_min, found?.updated_at_max),
  };
}

function rangeOf(min: string | null | undefined, max: string | null | undefined): Range | null {
  return min && max ? { min, max } : null;
}
