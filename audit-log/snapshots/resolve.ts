import type { PlannedTable, SnapshotPlan } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { readPredicate, refusal, type Predicate } from './predicate.ts';
import { catalogRows } from './queries.ts';
import { childOf, namesOf, parentOf, readEdges, readTables, type Edge, type Name, type Table } from './tables.ts';

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
  /** Tables and foreign keys that the plan names and the database does not have. */
  readonly absent: readonly string[];
}

const kinds: Record<string, string> = { v: 'a view', f: 'a foreign table' };

/** A seed as the plan has it, before anybody knows whether its table is there. */
interface NamedSeed {
  readonly name: string;
  readonly where: Predicate | undefined;
  readonly limit: number | undefined;
}

type Naming = (name: string) => Name;

/**
 * Looks up what a plan names. The plan is read to its end before the catalog is asked for anything.
 * @throws SNAPSHOT_REFUSED for a condition, table or column that may not be read; SNAPSHOT_EMPTY when no seed is there
 */
export async function resolvePlan(session: Session, plan: SnapshotPlan, schema: string): Promise<Resolved> {
  const naming: Naming = (name) => fullName(name, plan.schema ?? schema);
  const seeds = await readSeeds(plan, naming);
  const conditions = await readConditions(plan, naming);
  const predicates = [...seeds.flatMap(({ where }) => where ?? []), ...conditions.values()];
  await requireFunctions(session, predicates);
  const edges = await readEdges(session);
  const tables = await readTables(session, namesIn(plan, naming, edges, predicates));
  const settings = settingsOf(plan, naming);
  const wanted = [...new Set([...seeds.map(({ name }) => name), ...settings.keys()])];
  const readByConditions = predicates.flatMap(({ reads }) => reads.map((name) => name.join('.')));
  for (const name of [...readByConditions, ...wanted.filter((one) => tables.has(one))]) requireTable(tables, name);
  return {
    tables,
    edges: edges.filter((edge) => tables.has(childOf(edge)) && tables.has(parentOf(edge))),
    seeds: presentSeeds(seeds, tables),
    conditions,
    settings,
    absent: [...wanted.filter((name) => !tables.has(name)), ...unfollowed(plan, edges)].sort(),
  };
}

async function readSeeds({ seeds, window }: SnapshotPlan, naming: Naming): Promise<NamedSeed[]> {
  const read: NamedSeed[] = [];
  for (const { table, where, limit } of seeds) {
    const name = naming(table).join('.');
    if (read.some((seed) => seed.name === name)) throw refusal(`The seed ${name}`, 'is named twice');
    read.push({ name, where: await readCondition(name, where, window), limit });
  }
  return read;
}

async function readConditions({ tables, window }: SnapshotPlan, naming: Naming): Promise<Map<string, Predicate>> {
  const conditions = new Map<string, Predicate>();
  for (const [table, { where }] of Object.entries(tables)) {
    const name = naming(table).join('.');
    const read = await readCondition(name, where, window);
    if (read) conditions.set(name, read);
  }
  return conditions;
}

async function readCondition(
  name: string,
  where: string | undefined,
  window: SnapshotPlan['window'],
): Promise<Predicate | undefined> {
  return where === undefined ? undefined : readPredicate(where, `The condition of ${name}`, window);
}

/** Columns and masks by table; a seed's own come before those under `tables`. */
function settingsOf({ seeds, tables }: SnapshotPlan, naming: Naming): Map<string, PlannedTable> {
  const settings = new Map(Object.entries(tables).map(([table, value]) => [naming(table).join('.'), value]));
  for (const { table, limit: _, ...own } of seeds) {
    const name = naming(table).join('.');
    settings.set(name, { ...settings.get(name), ...own });
  }
  return settings;
}

/** Every table that the plan, its conditions or a foreign key speaks of, each once. */
function namesIn(
  { seeds, tables, watermark }: SnapshotPlan,
  naming: Naming,
  edges: readonly Edge[],
  predicates: readonly Predicate[],
): Name[] {
  const planned = [...seeds.map(({ table }) => table), ...Object.keys(tables), ...(watermark ? [watermark.table] : [])];
  const names = [
    ...planned.map(naming),
    ...edges.flatMap((edge): Name[] => [
      [edge.child_schema, edge.child_table],
      [edge.parent_schema, edge.parent_table],
    ]),
    ...predicates.flatMap(({ reads }) => reads),
  ];
  return [...new Map(names.map((name) => [name.join('.'), name])).values()];
}

/** What is to be followed and is neither a foreign key nor a table that has one. */
function unfollowed({ follow }: SnapshotPlan, edges: readonly Edge[]): string[] {
  const constraints = new Set(edges.map(({ constraint }) => constraint));
  const children = Array.isArray(follow.children) ? follow.children : [];
  return [
    ...children.filter((name) => !edges.some((edge) => namesOf(edge).includes(name))),
    ...Object.keys(follow.edges).filter((name) => !constraints.has(name)),
  ];
}

function presentSeeds(seeds: readonly NamedSeed[], tables: ReadonlyMap<string, Table>): Resolved['seeds'] {
  const present = seeds.flatMap(({ name, where, limit }) => {
    const table = tables.get(name);
    return table ? [{ table, where, limit }] : [];
  });
  if (present.length > 0) return present;
  const names = seeds.map(({ name }) => name).join(', ');
  throw new DrydockError('SNAPSHOT_EMPTY', `No seed of the plan is in the database: ${names}.`, {
    hint: 'Check the schema: set "schema" in the plan or DB_SCHEMA, or write schema.table.',
  });
}

/** `schema.table`, or a table of the schema that goes without saying. A name with a dot in it is written in full. */
export function fullName(name: string, schema: string): Name {
  const dot = name.indexOf('.');
  return dot < 0 ? [schema, name] : [name.slice(0, dot), name.slice(dot + 1)];
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
