import { runStatement, type Session } from '../../ops/postgres/index.ts';
import { nameOf, catalogQuery, type Relation } from './relations.ts';
import type { SparingReader } from './spare.ts';

export interface Column {
  readonly column_name: string;
  readonly data_type: string;
  readonly is_nullable: boolean;
  readonly column_default: string | null;
  readonly character_maximum_length: number | null;
  readonly numeric_precision: number | null;
  readonly numeric_scale: number | null;
  /** `a` always, `d` by default; null when the column is none. */
  readonly identity: string | null;
  readonly generated: boolean;
  readonly comment: string | null;
}

/** A table without what changes from row to row. Partitions are part of their root, and listed apart. */
export interface TableStructure extends Pick<
  Relation,
  | 'schema'
  | 'table'
  | 'kind'
  | 'owner'
  | 'has_indexes'
  | 'has_rules'
  | 'has_triggers'
  | 'row_security'
  | 'row_security_forced'
  | 'unlogged'
  | 'comment'
> {
  readonly partition_count: number;
  readonly columns: readonly Column[];
}

interface OfTable {
  readonly schema: string;
  readonly table: string;
}

export interface Index extends OfTable {
  readonly index: string;
  readonly definition: string;
  readonly is_unique: boolean;
  readonly is_primary: boolean;
  readonly is_valid: boolean;
}

export interface Constraint extends OfTable {
  readonly constraint: string;
  /** `p` primary key, `u` unique, `f` foreign key, `c` check, `x` exclusion */
  readonly type: 'p' | 'u' | 'f' | 'c' | 'x';
  readonly definition: string;
  readonly is_validated: boolean;
  readonly columns: readonly string[] | null;
  readonly ref_schema: string | null;
  readonly ref_table: string | null;
  readonly ref_columns: readonly string[] | null;
  readonly delete_rule: string | null;
  readonly update_rule: string | null;
}

export interface Trigger extends OfTable {
  readonly name: string;
  readonly timing: string;
  readonly events: readonly string[];
  readonly level: string;
  readonly function: string;
  readonly is_enabled: boolean;
  readonly is_always: boolean;
  readonly definition: string;
}

export interface Partition extends OfTable {
  readonly parent: string | null;
  readonly bound: string | null;
  readonly partition_key: string | null;
}

/** A fact of the catalog whose fields nothing here has to know. */
export type Fact = Readonly<Record<string, unknown>>;

/** What a database is made of. Equal structures have equal bytes as canonical JSON: no oids, no sizes, no times. */
export interface Structure {
  readonly tables: readonly TableStructure[];
  readonly partitions: readonly Partition[];
  readonly indexes: readonly Index[];
  readonly constraints: readonly Constraint[];
  readonly triggers: readonly Trigger[];
  readonly policies: readonly Fact[];
  readonly grants: readonly Fact[];
  readonly views: readonly Fact[];
  readonly functions: readonly Fact[];
  readonly sequences: readonly Fact[];
  readonly enums: readonly Fact[];
  readonly extensions: readonly Fact[];
  readonly settings: readonly Fact[];
}

/** Reads the structure from pg_catalog: what every role may see, whatever rows it may read. */
export async function readStructure(
  reader: SparingReader,
  relations: readonly Relation[],
  schemas: readonly string[] | null,
): Promise<Structure> {
  const inSchemas = (name: string) => facts(reader.session, name, [schemas]);
  return {
    tables: await readTables(reader, relations),
    partitions: await readPartitions(reader, relations),
    indexes: sorted(await reader.catalog<Index>('indexes', relations)),
    constraints: sorted(await reader.catalog<Constraint>('constraints', relations)),
    triggers: sorted(await reader.catalog<Trigger>('triggers', relations)),
    policies: sorted(await reader.catalog<Fact>('policies', relations)),
    grants: sorted(await reader.catalog<Fact>('grants', relations)),
    views: sorted(await reader.catalog<Fact>('views', relations)),
    functions: await inSchemas('functions'),
    sequences: await inSchemas('sequences'),
    enums: await inSchemas('enums'),
    extensions: await facts(reader.session, 'extensions'),
    settings: await facts(reader.session, 'settings'),
  };
}

async function facts(session: Session, name: string, values: unknown[] = []): Promise<Fact[]> {
  const { rows } = await runStatement<Fact>(session, await catalogQuery(name), { values });
  return rows;
}

async function readTables(reader: SparingReader, relations: readonly Relation[]): Promise<TableStructure[]> {
  const roots = relations.filter(({ is_partition }) => !is_partition);
  const columnsOf = await readColumns(reader, roots);
  const partitions = Map.groupBy(
    relations.filter(({ is_partition }) => is_partition),
    ({ root_oid }) => root_oid,
  );
  return roots.map((relation) => ({
    schema: relation.schema,
    table: relation.table,
    kind: relation.kind,
    owner: relation.owner,
    has_indexes: relation.has_indexes,
    has_rules: relation.has_rules,
    has_triggers: relation.has_triggers,
    row_security: relation.row_security,
    row_security_forced: relation.row_security_forced,
    unlogged: relation.unlogged,
    comment: relation.comment,
    partition_count: partitions.get(relation.oid)?.length ?? 0,
    columns: columnsOf.get(relation.oid) ?? [],
  }));
}

async function readColumns(reader: SparingReader, relations: readonly Relation[]): Promise<Map<number, Column[]>> {
  const columnsOf = new Map<number, Column[]>();
  for (const { oid, ...column } of await reader.catalog<Column & { readonly oid: number }>('columns', relations)) {
    const columns = columnsOf.get(oid);
    if (columns) columns.push(column);
    else columnsOf.set(oid, [column]);
  }
  return columnsOf;
}

async function readPartitions(reader: SparingReader, relations: readonly Relation[]): Promise<Partition[]> {
  const parents = new Map(
    relations
      .filter(({ parent_table }) => parent_table !== null)
      .map((relation) => [nameOf(relation), `${relation.parent_schema}.${relation.parent_table}`]),
  );
  const rows = await reader.catalog<Omit<Partition, 'parent'>>('partitions', relations);
  return sorted(rows.map((row) => ({ ...row, parent: parents.get(nameOf(row)) ?? null })));
}

/** The order of the server, restored where a query had to be repeated in parts. Stable: within a table the server's order stays. */
function sorted<T>(rows: readonly T[]): T[] {
  const key = (row: T) => JSON.stringify([(row as Fact)['schema'], (row as Fact)['table'] ?? (row as Fact)['view']]);
  return rows
    .map((row) => ({ row, key: key(row) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row);
}
