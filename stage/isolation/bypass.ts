import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { identifier, literal, qualified, readSqlFile, sectionsOf, type Session } from '../../ops/postgres/index.ts';
import type { EverybodysProbes } from './everybody.ts';
import type { ProbeObject } from './matrix.ts';
import { success, tryAs, type Attempt } from './probe.ts';
import type { RowProbe } from './rows.ts';

/** A row that a role must not see, by one of its values. */
interface HiddenRow {
  readonly role: string;
  readonly object: ProbeObject;
  readonly column: string;
  readonly value: string;
}

/** An attack on a hidden row, after it was tried. */
export interface BypassTry {
  readonly attack: string;
  readonly tries: string;
  readonly role: string;
  readonly relation: string;
  /** `known`: told by the server itself, whatever the project does; reported, and no leak of the project's. */
  readonly outcome: 'refused' | 'nothing' | 'known' | 'leak';
  /** What to do about a known one. */
  readonly advice: string | null;
  /** What the server answered. */
  readonly answer: string;
}

interface Attack {
  readonly name: string;
  readonly tries: string;
  readonly ofTables: boolean;
  readonly statement: string;
  /** The error by which the server itself tells of a row, and what to do about it. */
  readonly known: KnownLeak | undefined;
}

interface KnownLeak {
  readonly state: string;
  readonly advice: string;
}

/** Values are compared over this many rows: enough to find one that is hidden. */
const rowsCompared = 1000;

/**
 * Tries every attack on a row of every relation of which a role sees some rows and not others.
 * Call it in the transaction in which the rows were probed, and roll it back.
 */
export async function tryBypasses(
  session: Session,
  { rows, objects }: Pick<EverybodysProbes, 'rows' | 'objects'>,
): Promise<BypassTry[]> {
  const attacks = await loadAttacks();
  const hidden = await findHiddenRows(session, rows, [...objects.values()]);
  // statistics can only leak where there are some
  for (const { object } of hidden) {
    if (object.kind === 'table') await session.query(`analyze ${qualified(object.schema, object.object)}`);
  }
  const tries: BypassTry[] = [];
  for (const row of hidden) tries.push(...(await attackRow(session, row, attacks)));
  return tries;
}

/** For every role that sees some rows of a relation but not all, a value that it does not see. */
async function findHiddenRows(
  session: Session,
  rows: readonly RowProbe[],
  objects: readonly ProbeObject[],
): Promise<HiddenRow[]> {
  const hidden: HiddenRow[] = [];
  for (const { role, relation, visible, total, reader } of rows) {
    if (visible === null || visible >= total) continue;
    const object = objects.find((candidate) => `${candidate.schema}.${candidate.object}` === relation)!;
    const column = object.key ?? object.columns[0];
    if (column === undefined) continue;
    const value = await valueHiddenFrom(session, { role, reader }, object, column);
    if (value !== undefined) hidden.push({ role, object, column, value });
  }
  return hidden;
}

async function valueHiddenFrom(
  session: Session,
  { role, reader }: Pick<RowProbe, 'role' | 'reader'>,
  object: ProbeObject,
  column: string,
): Promise<string | undefined> {
  const all = await valuesSeenBy(session, reader, object, column);
  const visible = new Set(await valuesSeenBy(session, role, object, column));
  return all.find((value) => !visible.has(value));
}

/** format() writes a value as the server does, where a cast to text could be a function of the table's owner. */
async function valuesSeenBy(
  session: Session,
  role: string,
  { schema, object }: ProbeObject,
  column: string,
): Promise<readonly string[]> {
  const [name, relation] = [identifier(column), qualified(schema, object)];
  const looked = `select pg_catalog.format('%s', ${name}) as value from ${relation} where ${name} is not null limit ${rowsCompared}`;
  const statement = `select coalesce(jsonb_agg(distinct value), '[]') from (${looked}) as compared`;
  const [seen] = await tryAs(session, role, [{ n: 0, statement, counts: true }]);
  return seen?.state === success ? (JSON.parse(seen.message) as string[]) : [];
}

async function attackRow(session: Session, row: HiddenRow, attacks: readonly Attack[]): Promise<BypassTry[]> {
  const fitting = attacks.filter(({ ofTables }) => !ofTables || row.object.kind === 'table');
  const attempts = fitting.map(({ statement }, n): Attempt => ({ n, statement: aimed(statement, row), counts: true }));
  const answers = await tryAs(session, row.role, attempts);
  return answers.map(({ n, state, message }) => ({
    attack: fitting[n]!.name,
    tries: fitting[n]!.tries,
    role: row.role,
    relation: `${row.object.schema}.${row.object.object}`,
    outcome: outcomeOf(fitting[n]!, state, message, row.value),
    advice: fitting[n]!.known?.advice ?? null,
    answer: state === success ? message : `${message} (${state})`,
  }));
}

const insufficientPrivilege = '42501';
/** Answers that come before any row is reached: a view that cannot be written or locked, no schema to create in, no key to refer to. */
const impossible = new Set(['55000', '0A000', '42809', '3F000', '42830']);

/** An attack fails when it finds nothing or is refused; an error that the hidden row caused, or names, is a leak. */
function outcomeOf({ known }: Attack, state: string, message: string, value: string): BypassTry['outcome'] {
  if (known?.state === state) return 'known';
  // a row that cannot be written for other reasons was not compared with any
  if (known && /^2[23]/.test(state)) return 'nothing';
  if (message.includes(`${value} is here`)) return 'leak';
  if (state === success) return ['', '0'].includes(message) ? 'nothing' : 'leak';
  return state === insufficientPrivilege || impossible.has(state) ? 'refused' : 'leak';
}

/** All in one go: a name or a value may itself read like a placeholder. */
function aimed(statement: string, { object: { schema, object }, column, value }: HiddenRow): string {
  const filling: Record<string, string> = {
    relation: qualified(schema, object),
    key: identifier(column),
    hidden: literal(value),
    "'schema'": literal(schema),
    "'object'": literal(object),
    "'column'": literal(column),
  };
  return statement.replace(placeholder, (_whole, name: string) => filling[name]!);
}

const placeholder = /:(relation|key|hidden|'schema'|'object'|'column')(?!\w)/g;

async function loadAttacks(): Promise<Attack[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'isolation', 'bypass.sql'));
  return Object.entries(sectionsOf(file)).map(([name, { text }]) => ({
    name,
    tries: /^-- tries: (.+)$/m.exec(text)?.[1] ?? name,
    ofTables: /^-- of: tables$/m.test(text),
    known: knownIn(text),
    statement: text
      .replace(/^--.*$/gm, '')
      .trim()
      .replace(/;$/, ''),
  }));
}

function knownIn(text: string): KnownLeak | undefined {
  const [, state, advice] = /^-- known: (\w{5}) (.+)$/m.exec(text) ?? [];
  return state && advice ? { state, advice } : undefined;
}
