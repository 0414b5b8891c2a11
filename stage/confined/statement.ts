import {
  identifier,
  sqlErrorOf,
  unchanged,
  type Column,
  type QueryResult,
  type Rewritten,
  type Session,
  type SqlFile,
} from '../../ops/postgres/index.ts';
import { confine } from './confinement.ts';
import { markOf, unframed } from './framed.ts';

/** Whom a statement acts as. */
export interface Actor {
  readonly role: string;
  /**
   * `itself`: the session is logged in as the role, and has nothing to leave it for; `role`: confined to it; `login`: and as
   * its login, since policies may ask who is logged in, which only a superuser can be for others.
   */
  readonly how: 'itself' | 'role' | 'login';
  /** For statements of Drydock's own that reach no code of the project's. */
  readonly unconfined?: boolean;
}

/**
 * Runs one statement inside the open transaction, as an actor and as nobody else; its role stays set.
 * @param options.sent the statement as it is sent, when that is not how the file stands
 * @param options.readOnly makes the transaction read-only first, for as long as it lasts
 * @throws SqlError with file, line and column
 */
export async function runAs<R = Record<string, unknown>>(
  session: Session,
  actor: Actor,
  file: SqlFile,
  { sent = unchanged({ text: file.text, start: 0 }), readOnly = false }: { sent?: Rewritten; readOnly?: boolean } = {},
): Promise<QueryResult<R>> {
  try {
    return await queryAs<R>(session, actor, sent.text, readOnly);
  } catch (error) {
    throw await sqlErrorOf(error, file, sent);
  }
}

/** As `runAs`, of a statement that stands in no file. @throws what the server says */
export async function queryAs<R = Record<string, unknown>>(
  session: Session,
  { role, how, unconfined = how === 'itself' }: Actor,
  text: string,
  readOnly = false,
): Promise<QueryResult<R>> {
  const settings = [
    ...(readOnly ? ['set local transaction_read_only = on'] : []),
    ...(how === 'login' ? [`set local session authorization ${identifier(role)}`] : []),
    ...(how === 'role' && unconfined ? [`set local role ${identifier(role)}`] : []),
  ].join('; ');
  if (!unconfined) return callConfined<R>(session, role, text, settings);
  if (settings) await session.script(settings);
  return session.query<R>(text);
}

async function callConfined<R>(
  session: Session,
  role: string,
  text: string,
  settings: string,
): Promise<QueryResult<R>> {
  const reading = await confine(session, role, 'rows');
  // several statements are refused here
  const columns = await session.describe(text);
  const name = columns.length > 0 ? reading : await confine(session, role, 'run');
  if (settings) await session.script(settings);
  const call = columns.length > 0 ? returning<R> : counting<R>;
  return call(session, name, markOf(0) + text, columns).catch((error: unknown) => {
    throw unframed(error);
  });
}

/** The rows of a statement, each with the columns by the names and types that the statement gives them. */
async function returning<R>(
  session: Session,
  call: string,
  text: string,
  columns: readonly Column[],
): Promise<QueryResult<R>> {
  const types = await typesOf(session, columns);
  const listed = types.map((type, index) => `c${index} ${type}`).join(', ');
  const result = await session.query(`select * from ${call}($1) as answer (${listed})`, [text]);
  const fields = columns.map(({ name }) => name);
  const rows = result.rows.map((row) => Object.fromEntries(fields.map((name, index) => [name, row[`c${index}`]])));
  return { ...result, fields, rows: rows as R[] };
}

/** Names of the types that every server has had from the start, which never change. */
const builtinTypes = new Map<string, string>();
const firstOfOthers = 16384;

async function typesOf(session: Session, columns: readonly Column[]): Promise<string[]> {
  const keyOf = ({ type, modifier }: Column) => `${type} ${modifier}`;
  const known = columns.map((column) => builtinTypes.get(keyOf(column)));
  if (known.every((type) => type !== undefined)) return known;
  const { types } = await session.row<{ types: string[] }>(
    `select array(
       select pg_catalog.format_type(type, modifier)
       from unnest($1::oid[], $2::integer[]) with ordinality as returned (type, modifier, position) order by position
     ) as types`,
    [columns.map(({ type }) => type), columns.map(({ modifier }) => modifier)],
  );
  for (const [index, column] of columns.entries()) {
    if (column.type < firstOfOthers) builtinTypes.set(keyOf(column), types[index]!);
  }
  return types;
}

async function counting<R>(session: Session, call: string, text: string): Promise<QueryResult<R>> {
  const { counts } = await session.row<{ counts: string[] }>(`select ${call}($1) as counts`, [[text]]);
  return { rows: [], fields: [], command: '', rowCount: Number(counts[0]) };
}
