import type { StatementNode } from '../../ops/postgres/index.ts';

/** The nodes of Postgres's parse tree that a condition may be made of. Whatever is not in this list is refused. */
const allowedNodes = new Set([
  ...['A_Const', 'A_Expr', 'A_ArrayExpr', 'A_Indices', 'A_Indirection', 'BoolExpr', 'BooleanTest', 'NullTest'],
  ...['CaseExpr', 'CaseWhen', 'CoalesceExpr', 'MinMaxExpr', 'RowExpr', 'CollateClause', 'SQLValueFunction'],
  ...['ColumnRef', 'String', 'Integer', 'List', 'FuncCall', 'TypeCast'],
  ...['SubLink', 'SelectStmt', 'ResTarget', 'RangeVar', 'JoinExpr', 'SortBy', 'A_Star'],
]);

/** Clauses that have no node of their own: a lock and `into` write, `with` can hold a statement that does. */
const refusedClauses: Record<string, string> = {
  lockingClause: 'locks rows',
  intoClause: 'makes a table',
  withClause: 'has a WITH clause',
  valuesLists: 'has a list of VALUES',
};

/** Functions of pg_catalog that are marked stable or immutable and still look at the server, run SQL, or can take any amount. */
const refusedFunctions = /^(pg_|txid_|lo_|binary_upgrade_|ts_stat|repeat$|lpad$|rpad$|generate_series$)|_to_xml/;

/** What is wrong with a condition by its parse tree alone. */
export function objectionTo(value: unknown): string | undefined {
  if (Array.isArray(value)) return firstOf(value, objectionTo);
  if (typeof value !== 'object' || value === null) return undefined;
  return firstOf(Object.entries(value), ([key, inner]) => objectionToMember(key, inner as StatementNode));
}

function objectionToMember(key: string, inner: StatementNode): string | undefined {
  if (refusedClauses[key]) return refusedClauses[key];
  if (key === 'typeName') return objectionToType(inner);
  const isNode = /^[A-Z]/.test(key);
  if (isNode && !allowedNodes.has(key)) return `holds a ${key}, which a condition may not`;
  return (
    (key === 'FuncCall' ? objectionToCall(inner) : undefined) ??
    (key === 'A_Expr' ? objectionToOperator(inner) : undefined) ??
    (key === 'RangeVar' ? objectionToTable(inner) : undefined) ??
    objectionTo(inner)
  );
}

function objectionToCall(call: StatementNode): string | undefined {
  const names = namesOf(call['funcname']);
  const name = names.at(-1)!;
  if (names.length > 1 && names[0] !== 'pg_catalog')
    return `calls ${names.join('.')}, which is no function of Postgres itself`;
  if (refusedFunctions.test(name)) return `calls ${name}, which does more than compute a value`;
  return undefined;
}

/** The search path is empty, so an operator without a schema is one of Postgres itself. */
function objectionToOperator(expression: StatementNode): string | undefined {
  const names = namesOf(expression['name']);
  if (names.length < 2 || names[0] === 'pg_catalog') return undefined;
  return `uses the operator ${names.join('.')}, which is none of Postgres itself`;
}

/** Casting to a type of somebody's own runs its functions. */
function objectionToType(type: StatementNode): string | undefined {
  const names = namesOf(type['names']);
  if (names.length < 2 || names[0] === 'pg_catalog') return undefined;
  return `casts to ${names.join('.')}, which is no type of Postgres itself`;
}

function objectionToTable({ schemaname: schema, relname: table }: StatementNode): string | undefined {
  if (!schema) return `reads ${table} without saying its schema`;
  const isOfSystem = schema === 'information_schema' || String(schema).startsWith('pg_');
  return isOfSystem ? `reads ${schema}.${table}, which belongs to the system` : undefined;
}

/** The functions that a condition calls and the tables it reads, each once. */
export function calledIn(condition: unknown): { calls: string[]; reads: [string, string][] } {
  const calls = new Set<string>();
  const reads = new Map<string, [string, string]>();
  walk(condition, (key, inner) => {
    if (key === 'FuncCall') calls.add(namesOf(inner['funcname']).at(-1)!);
    if (key === 'RangeVar') reads.set(JSON.stringify(inner), [String(inner['schemaname']), String(inner['relname'])]);
  });
  return { calls: [...calls], reads: [...reads.values()] };
}

function walk(value: unknown, visit: (key: string, inner: StatementNode) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    visit(key, inner as StatementNode);
    walk(inner, visit);
  }
}

function namesOf(list: StatementNode[] | undefined): string[] {
  return (list ?? []).map((item) => String(item['String']?.sval));
}

function firstOf<T>(items: readonly T[], objection: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = objection(item);
    if (found) return found;
  }
  return undefined;
}
