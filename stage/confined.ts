import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../ops/builtin.ts';
import {
  faultAt,
  identifier,
  literal,
  parseScript,
  readSqlFile,
  sqlErrorOf,
  wrapped,
  type Session,
  type SqlFile,
  type Statement,
} from '../ops/postgres/index.ts';

/** A statement that ran: its kind in the parser's words, and how many rows it touched or returned. */
export interface Ran {
  readonly kind: string;
  readonly rows: number;
}

/** As much of a statement as it takes to run it. */
export type Part = Pick<Statement, 'kind' | 'node' | 'text' | 'start'>;

/**
 * Runs statements of a file inside the open transaction, as an owner and as nobody else: inside a SECURITY DEFINER function
 * the server refuses to change the role, wherever a statement hides it. The owner's role stays set.
 * @param as the owner of a schema
 * @param parts the statements; by default all of the file
 * @throws SqlError with file, line and column
 */
export async function runConfined(
  session: Session,
  file: SqlFile,
  as: string,
  parts?: readonly Part[],
): Promise<Ran[]> {
  const statements = parts ?? (await statementsOf(file));
  refuseRowsOfAClient(file, statements);
  const counts = await callConfined(session, file, await confinementOf(session, as), statements);
  return statements.map(({ kind }, index) => ({ kind, rows: Number(counts[index]) }));
}

/** Drops the function that confined the last owner. */
export async function endConfinement(session: Session): Promise<void> {
  const made = confinements.get(session);
  if (!made) return;
  confinements.delete(session);
  await session.script(`set role ${identifier(made.as)}; drop function if exists ${made.call}(text[]); reset role`);
}

/** The function that confines an owner on a session, and how the server describes it. */
interface Confinement {
  readonly as: string;
  readonly call: string;
  readonly description: string;
}

/** Made once for the files of an owner: with a function for each, five hundred files take four times as long. */
const confinements = new WeakMap<Session, Confinement>();

async function confinementOf(session: Session, as: string): Promise<string> {
  const made = confinements.get(session);
  // its owner may alter it: a file before this one may have
  if (made?.as === as && made.description === (await describeAs(session, as, made.call))) return made.call;
  await session.setLocalRole(as);
  const { name } = await session.row<{ name: string }>(ownSchema);
  const call = `${identifier(name)}.drydock_confined`;
  await session.script((await definition()).replaceAll(':schema.drydock_confined', () => call));
  confinements.set(session, { as, call, description: await describeAs(session, as, call) });
  return call;
}

/** Takes the role, and asks; in one message, since every file comes by here. */
async function describeAs(session: Session, as: string, call: string): Promise<string> {
  // no operator stands in it: a file may have put its own before those of the server
  const description = `pg_catalog.pg_get_functiondef(pg_catalog.to_regprocedure(${literal(`${call}(text[])`)}))`;
  const answers = await session.script(`set local role ${identifier(as)}; select ${description} as description`);
  return answers[1]!.rows[0]!['description'] as string;
}

/** The statements of a file. What the parser cannot read is one: the server says what is wrong with it. */
export async function statementsOf({ text }: SqlFile): Promise<readonly Part[]> {
  return (await parseScript(text)) ?? [{ kind: '', node: {}, text, start: 0 }];
}

/** Every owner has a schema, in which it may make a function. */
const ownSchema =
  'select nspname as name from pg_catalog.pg_namespace where pg_catalog.pg_get_userbyid(nspowner) = current_user order by 1 limit 1';

let read: Promise<string> | undefined;

function definition(): Promise<string> {
  return (read ??= readSqlFile(builtinRoot, join(builtinSql, 'contract', 'confined.sql')).then((file) => file.text));
}

async function callConfined(
  session: Session,
  file: SqlFile,
  call: string,
  statements: readonly Part[],
): Promise<readonly string[]> {
  const sent = statements.map((statement, index) => wrapped(statement, markOf(index), ''));
  try {
    const texts = sent.map((statement) => statement.text);
    return (await session.row<{ counts: string[] }>(`select ${call}($1) as counts`, [texts])).counts;
  } catch (error) {
    const failed = sent[failedOf(error)] ?? { text: '', offsetInFile: () => 0 };
    throw await sqlErrorOf(unframed(error), file, failed);
  }
}

/** Stands before each statement, so that the server's error tells which one it was. */
function markOf(index: number): string {
  return `/*drydock ${index}*/ `;
}

const frame = /(?:^|\n)(?:SQL statement "\/\*drydock (\d+)\*\/ |PL\/pgSQL function \S+drydock_confined\(text\[\]\))/;

function failedOf(error: unknown): number {
  const { internalQuery = '', where = '' } = error as ServerSaid;
  return Number(/^\/\*drydock (\d+)\*\/ /.exec(internalQuery)?.[1] ?? frame.exec(where)?.[1] ?? -1);
}

/** The error as if the statement had been sent by itself. */
function unframed(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { where = '' } = error as ServerSaid;
  return Object.assign(new Error(error.message, { cause: error }), error, { where: where.split(frame)[0] });
}

interface ServerSaid {
  readonly internalQuery?: string;
  readonly where?: string;
}

function refuseRowsOfAClient(file: SqlFile, statements: readonly Part[]): void {
  const copy = statements.find(({ kind, node }) => kind === 'CopyStmt' && !node['filename']);
  if (!copy) return;
  throw faultAt(file, copy.start, 'a migration has no client to copy rows from or to', {
    hint: 'Write the rows as an insert, or as the CSV file of a backfill.',
  });
}
