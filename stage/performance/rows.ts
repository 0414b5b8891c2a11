import { identifier, parseScript, type Session } from '../../ops/postgres/index.ts';
import { nodesNamed } from '../lint/walk.ts';
import { answerOf } from './answer.ts';
import { ask } from './catalog.ts';
import type { ScaledTable } from './scale.ts';
import { valuesFor, visiting, type Column } from './values.ts';

/** A check, or the key of another table that some columns hold. */
interface Constraint {
  readonly kind: 'check' | 'reference';
  readonly name: string;
  readonly expression: string | null;
  readonly columns: readonly string[] | null;
  readonly parent: number | null;
  readonly parentColumns: readonly string[] | null;
}

/** A column's value as an expression over the row number `i`, or over the row of a parent. */
interface Value {
  readonly column: string;
  readonly expression: string;
}

/** A select that makes rows for a table, and the names of what it makes. */
export interface RowMaker {
  readonly columns: readonly string[];
  readonly select: string;
}

const tried = 100;
/** Every so many rows an optional value is missing. */
const missingEvery = 10;

/**
 * Writes the select that makes the rows of a table: parents by their keys, checks, domains, enums, uniqueness and the
 * bounds of partitions honoured as far as trying values finds some that fit. The same rows each time.
 * @param plain leaves optional columns empty and takes defaults where there are any: for tables that refuse richer rows
 */
export async function makeRows(session: Session, table: ScaledTable, plain: boolean): Promise<RowMaker> {
  const columns = await ask<Column>(session, 'columns', table.oid);
  const constraints = await ask<Constraint>(session, 'constraints', table.oid);
  const checks = constraints.filter(({ kind }) => kind === 'check');
  const references = await referencesOf(session, table, constraints, columns);
  const values: Value[] = [...references.values];
  for (const [salt, column] of columns.entries()) {
    if (column.generated !== null || column.numbered || values.some((value) => value.column === column.name)) continue;
    const expression = await valueOf(session, table, column, checks, salt, plain);
    if (expression !== undefined) values.push({ column: column.name, expression });
  }
  const rows = selectOf(values, references.joins, columns, 1, table.rows, 1);
  const sample = selectOf(values, references.joins, columns, 1, table.rows, Math.ceil(table.rows / tried));
  const kept = await satisfiable(session, sample, checks, values, columns);
  const names = values.map(({ column }) => identifier(column));
  const where =
    kept.length > 0 ? ` where ${kept.map((expression) => `(${expression}) is not false`).join(' and ')}` : '';
  return { columns: names, select: `select ${names.join(', ')} from (${rows}) as ${identifier(table.name)}${where}` };
}

/** The keys of parents: wide ones first, since a narrow one of the same columns then holds too. */
async function referencesOf(
  session: Session,
  table: ScaledTable,
  constraints: readonly Constraint[],
  columns: readonly Column[],
): Promise<{ values: Value[]; joins: string[] }> {
  const references = constraints
    .filter(({ kind }) => kind === 'reference')
    .sort((a, b) => b.columns!.length - a.columns!.length);
  const values: Value[] = [];
  const joins: string[] = [];
  let firstCount: number | undefined;
  for (const [index, { columns: own, parent, parentColumns }] of references.entries()) {
    if (own!.some((name) => values.some(({ column }) => column === name))) continue;
    const isSelf = parent === table.oid;
    const count = isSelf ? 0 : await numberParents(session, `drydock_parent_${index}`, parent!, parentColumns!);
    if (count === 0) {
      const optional = columns.filter(({ name, required }) => own!.includes(name) && !required);
      values.push(...optional.map(({ name, type }) => ({ column: name, expression: `null::${type}` })));
      continue;
    }
    // another order for each parent, so that the pairs of two parents are not always the same
    const place = firstCount === undefined ? 'i' : `(i + ${index} * (i / ${firstCount}))`;
    firstCount ??= count;
    joins.push(`join drydock_parent_${index} as p${index} on p${index}.n = ${visiting(count, place)}`);
    own!.forEach((column, at) => values.push({ column, expression: `p${index}.k${at}` }));
  }
  return { values, joins };
}

/** Numbers the keys of a parent, from 0. @returns how many there are */
async function numberParents(
  session: Session,
  name: string,
  parent: number,
  columns: readonly string[],
): Promise<number> {
  const keys = columns.map(identifier);
  const listed = keys.map((key, at) => `${key} as k${at}`).join(', ');
  const present = keys.map((key) => `${key} is not null`).join(' and ');
  const { parent: from } = await session.row<{ parent: string }>('select $1::oid::regclass::text as parent', [parent]);
  await session.query(`drop table if exists pg_temp.${name}`);
  const { rowCount } = await session.query(
    `create temporary table ${name} as
     select row_number() over (order by ${keys.join(', ')}) - 1 as n, ${listed} from ${from} where ${present}`,
  );
  await session.query(`analyze pg_temp.${name}`);
  return rowCount;
}

/** The first of the likely values that the column's own checks and its type accept, over a sample of the rows. */
async function valueOf(
  session: Session,
  table: ScaledTable,
  column: Column,
  checks: readonly Constraint[],
  salt: number,
  plain: boolean,
): Promise<string | undefined> {
  const optional = !column.required && !column.keyed;
  if (plain && (optional || column.default !== null)) return undefined;
  const own = checks.filter(({ columns }) => columns?.length === 1 && columns[0] === column.name);
  const constants = await constantsOf(checks.filter(({ columns }) => columns?.includes(column.name)));
  let best: { expression: string; accepted: number } | undefined;
  for (const candidate of valuesFor(column, constants, salt)) {
    const expression = `(${candidate})::${column.type}`;
    const accepted = await acceptedOf(session, table, column, expression, own);
    if (accepted > (best?.accepted ?? 0)) best = { expression, accepted };
    if (accepted === tried) break;
  }
  if (!best) return undefined;
  const missing = optional && column.default === null;
  return missing ? `case when i % ${missingEvery} <> 0 then ${best.expression} end` : best.expression;
}

/** Of so many tried, how many values hold; for a key, how many different ones. */
async function acceptedOf(
  session: Session,
  { name, rows }: ScaledTable,
  column: Column,
  expression: string,
  checks: readonly Constraint[],
): Promise<number> {
  const value = identifier(column.name);
  const holds = checks.map((check) => `(${check.expression}) is not false`).join(' and ') || 'true';
  const counted = column.keyed ? `count(distinct ${value})` : `count(${value})`;
  const sample = `select ${expression} as ${value} from (select 1 + n * (${rows} - 1) / ${tried - 1} as i from generate_series(0::bigint, ${tried - 1}) as n) as series`;
  return countOf(session, `select ${counted} as count from (${sample}) as ${identifier(name)} where ${holds}`);
}

/** A number that a query counts; none where the server refuses the values themselves. */
async function countOf(session: Session, query: string): Promise<number> {
  const answer = await answerOf(() => session.rolledBack(() => session.row<{ count: number }>(query)));
  return 'value' in answer ? answer.value.count : 0;
}

const comparisons = new Set(['=', '<>', '<', '<=', '>', '>=']);

/** The constants that expressions compare with; a pattern is none. */
async function constantsOf(checks: readonly Constraint[]): Promise<string[]> {
  const trees = await Promise.all(checks.map(({ expression }) => parseScript(`select ${expression}`)));
  const compared = nodesNamed(trees, 'A_Expr').filter(({ name }) => comparisons.has(name?.[0]?.String?.sval));
  const values = nodesNamed(compared, 'A_Const').flatMap(({ sval, ival, fval }) => [
    ...(sval ? [String(sval.sval ?? '')] : []),
    ...(ival ? [String(ival.ival ?? 0)] : []),
    ...(fval ? [String(fval.fval)] : []),
  ]);
  return [...new Set(values)];
}

/** Rows over `i`; what the server generates stands beside what is given, since checks may ask for it. */
function selectOf(
  values: readonly Value[],
  joins: readonly string[],
  columns: readonly Column[],
  from: number,
  to: number,
  step: number,
): string {
  const given = values.map(({ column, expression }) => `${expression} as ${identifier(column)}`).join(', ');
  const made = `select ${given} from generate_series(${from}::bigint, ${to}, ${step}) as series (i) ${joins.join(' ')}`;
  const generated = columns
    .filter((column) => column.generated !== null)
    .map((column) => `(${column.generated}) as ${identifier(column.name)}`);
  return generated.length === 0 ? made : `select *, ${generated.join(', ')} from (${made}) as given`;
}

/** The checks that rows can be chosen by: a check that no row holds is about what a trigger fills in. */
async function satisfiable(
  session: Session,
  sample: string,
  checks: readonly Constraint[],
  values: readonly Value[],
  columns: readonly Column[],
): Promise<string[]> {
  const there = new Set([
    ...values.map(({ column }) => column),
    ...columns.filter(({ generated }) => generated !== null).map(({ name }) => name),
  ]);
  const kept: string[] = [];
  for (const { expression, columns: on } of checks) {
    if (on === null || on.some((name) => !there.has(name))) continue;
    const query = `select count(*) from (${sample}) as sample where (${expression}) is not false`;
    if ((await countOf(session, query)) > 0) kept.push(expression!);
  }
  return kept;
}
