import type { PlannedTable, SnapshotPlan } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { readPredicate, refusal, type Predicate } from './predicate.ts';
import { catalogRows } from './queries.ts';
import { childOf, parentOf, readEdges, readTables, type Edge, type Name, type Table } from './tables.ts';

/** A plan with its names looked up in the catalog and its conditions read. Nothing of any table has been read yet. */
export interface Resolved {
  readonly tables: ReadonlyMap<string, Table>;
  readonly edges: readonly Edge[];
  readonly seeds: readonly {
    readonly table: Table;
    readonly where: Predicate | undefined;
    readonly limit: number | undefined;
  }[];
  /** Conditions on tables that are reached as children. */
  readonly conditions: ReadonlyMap<string, Predicate>;
  readonly settings: ReadonlyMap<string, PlannedTable>;
  /** Tables that the plan names and the database does not have. */
  readonly absent: readonly string[];
}

const kinds: Record<string, string> = { v: 'a view', f: 'a foreign table' };

/**
 * Looks up what a plan names.
 * @throws SNAPSHOT_REFUSED for a condition, table or column that may not be read; SNAPSHOT_EMPTY when no seed is there
 */
export async function resolvePlan(session: Session, plan: SnapshotPlan, schema: string): Promise<Resolved> {
  const edges = await readEdges(session);
  const named = (name: string) => fullName(name, plan.schema ?? schema);
  const settings = new Map(Object.entries(plan.tables).map(([name, value]) => [named(name).join('.'), value]));
  const conditions = new Map<string, Predicate>();
  const seeds: { name: string; where: Predicate | undefined; limit: number | undefined }[] = [];
  for (const { table, where, limit, ...rest } of plan.seeds) {
    const name = named(table).join('.');
    if (seeds.some((seed) => seed.name === name)) throw refusal(`The seed ${name}`, 'is named twice');
    const read = where === undefined ? undefined : await readPredicate(where, `The condition of ${name}`, plan.window);
    seeds.push({ name, where: read, limit });
    settings.set(name, { ...settings.get(name), ...rest });
  }
  for (const [table, { where }] of Object.entries(plan.tables)) {
    const name = named(table).join('.');
    if (where !== undefined) conditions.set(name, await readPredicate(where, `The condition of ${name}`, plan.window));
  }
  const predicates = [...seeds.flatMap(({ where }) => where ?? []), ...conditions.values()];
  await requireFunctions(session, predicates);
  const names = [
    ...plan.seeds.map(({ table }) => named(table)),
    ...Object.keys(plan.tables).map(named),
    ...(plan.watermark ? [named(plan.watermark.table)] : []),
    ...edges.flatMap((edge): Name[] => [
      [edge.child_schema, edge.child_table],
      [edge.parent_schema, edge.parent_table],
    ]),
    ...predicates.flatMap(({ reads }) => reads),
  ];
  const tables = await readTables(session, uniqueNames(names));
  for (const [schemaName, table] of predicates.flatMap(({ reads }) => reads))
    requireTable(tables, `${schemaName}.${table}`);
  const wanted = [...seeds.map(({ name }) => name), ...settings.keys()];
  for (const name of wanted) if (tables.has(name)) requireTable(tables, name);
  const present = seeds.filter(({ name }) => tables.has(name));
  if (present.length === 0) {
    throw new DrydockError(
      'SNAPSHOT_EMPTY',
      `No seed of the plan is in the database: ${seeds.map(({ name }) => name).join(', ')}.`,
      {
        hint: 'Check the schema: set "schema" in the plan or DB_SCHEMA, or write schema.table.',
      },
    );
  }
  return {
    tables,
    edges: edges.filter((edge) => tables.has(childOf(edge)) && tables.has(parentOf(edge))),
    seeds: present.map(({ name, ...rest }) => ({ table: tables.get(name)!, ...rest })),
    conditions,
    settings,
    absent: [...new Set(wanted)].filter((name) => !tables.has(name)).sort(),
  };
}

/** `schema.table`, or a table of the schema that goes without saying. A name with a dot in it is written in full. */
export function fullName(name: string, schema: string): Name {
  const dot = name.indexOf('.');
  return dot < 0 ? [schema, name] : [name.slice(0, dot), name.slice(dot + 1)];
}

function uniqueNames(names: readonly Name[]): Name[] {
  return [...new Map(names.map((name) => [name.join('.'), name])).values()];
}

/** A view or a foreign table runs queries and code that nobody bounded; a partition has its references at its root. */
function requireTable(tables: ReadonlyMap<string, Table>, name: string): void {
  const table = tables.get(name);
  if (!table) throw refusal(name, 'is read by a condition and is not in the database');
  const kind = kinds[table.kind];
  if (kind) throw refusal(name, `is ${kind}, which runs more than can be seen here; name the tables behind it`);
  if (table.is_partition) throw refusal(name, 'is a partition; name the table that it is a part of');
}

async function requireFunctions(session: Session, predicates: readonly Predicate[]): Promise<void> {
  const calls = [...new Set(predicates.flatMap((predicate) => predicate.calls))];
  if (calls.length === 0) return;
  const found = await catalogRows<{ name: string; is_volatile: boolean }>(session, 'functions', [calls]);
  for (const call of calls) {
    const known = found.find(({ name }) => name === call);
    if (!known) throw refusal(`A condition calls ${call}`, 'and that is no function of Postgres itself');
    if (known.is_volatile) throw refusal(`A condition calls ${call}`, 'which may have side effects');
  }
}
