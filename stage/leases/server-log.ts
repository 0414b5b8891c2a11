import { randomUUID } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { literal, parseScript, type Session } from '../../ops/postgres/index.ts';
import { relationsIn } from './relations.ts';

/** What the server's log says of one login. */
export interface LoggedSession {
  readonly connections: number;
  /** Statements by their first word; null when the server does not log them. */
  readonly statements: Record<string, number> | null;
  readonly refused: string[];
  /** `VERB schema.relation`, or `VERB relation` where the statement did not say the schema. */
  readonly relations: Set<string>;
  /** Set when the log was too long to be read to its end: how far it was. */
  readonly readUntil: string | null;
  /** Statements that were counted only. */
  readonly tooLong: number;
}

interface LogLine {
  readonly timestamp?: string;
  readonly user?: string;
  readonly session_id?: string;
  readonly error_severity?: string;
  readonly state_code?: string;
  readonly message?: string;
  /** The statement that an error belongs to. */
  readonly statement?: string;
}

const insufficientPrivilege = '42501';
const collectorPatienceMs = 1000;
const lookEveryMs = 5;

/** Leases end one after the other: one that has filled the log does not make the next one late. */
const readingMs = 1000;

/** Nor does one that sent a statement of megabytes, which the parser would be at for minutes. */
const longestRead = 100_000;

/**
 * Reads what a login sent and what it was refused.
 * @param logFile the log as JSON lines
 */
export async function statementsOf(session: Session, logFile: string, role: string): Promise<LoggedSession> {
  await untilWritten(session, logFile);
  const sessions = new Set<string>();
  const counts: Record<string, number> = {};
  const refused: string[] = [];
  const relations = new Set<string>();
  const sent = new SentStatements();
  const read = remembering(readStatement);
  const giveUpAt = performance.now() + readingMs;
  let readUntil: string | null = null;
  let tooLong = 0;
  for await (const line of linesContaining(logFile, JSON.stringify(role))) {
    if (line.user !== role) continue;
    if (performance.now() > giveUpAt) {
      readUntil = line.timestamp ?? 'an unknown time';
      break;
    }
    if (line.session_id) sessions.add(line.session_id);
    if (line.state_code === insufficientPrivilege && line.message) refused.push(line.message);
    const statement = sent.in(line);
    if (statement.length > longestRead) {
      tooLong += 1;
      continue;
    }
    for (const { verb, named } of await read(statement)) {
      counts[verb] = (counts[verb] ?? 0) + 1;
      for (const relation of named) relations.add(relation);
    }
  }
  const isLogged = await logsStatements(session, role);
  return { connections: sessions.size, statements: isLogged ? counts : null, refused, relations, readUntil, tooLong };
}

interface ReadStatement {
  /** Its first word. */
  readonly verb: string;
  readonly named: readonly string[];
}

async function readStatement(text: string): Promise<ReadStatement[]> {
  return ((await parseScript(text)) ?? []).map(({ kind, node }) => ({
    verb: kind.replace(/Stmt$/, '').toLowerCase(),
    named: relationsIn(kind, node),
  }));
}

/** Clients send the same few statements again and again, and parsing them is most of the work. */
function remembering<T>(read: (text: string) => Promise<T>): (text: string) => Promise<T> {
  const known = new Map<string, T>();
  return async (text) => {
    const value = known.get(text) ?? (await read(text));
    known.set(text, value);
    return value;
  };
}

/**
 * Finds each statement once. The simple protocol logs it before it is looked at, as `statement: …`; the extended one when
 * it is executed, as `execute <name>: …`, so that one which is refused before that stands beside its error only.
 */
class SentStatements {
  readonly #underWay = new Map<string, string>();

  in({ session_id = '', error_severity, message = '', statement = '' }: LogLine): string {
    if (error_severity === 'LOG') {
      const text = /^(?:statement|execute [^:]*): ([\s\S]*)$/.exec(message)?.[1] ?? '';
      if (text) this.#underWay.set(session_id, text);
      return text;
    }
    const isKnown = this.#underWay.get(session_id) === statement;
    this.#underWay.delete(session_id);
    return isKnown ? '' : statement;
  }
}

async function logsStatements(session: Session, role: string): Promise<boolean> {
  const { logged } = await session.row<{ logged: boolean }>(
    `select current_setting('log_statement') = 'all' or exists (
         select from pg_catalog.pg_db_role_setting as setting
         join pg_catalog.pg_roles as role on role.oid = setting.setrole
         where role.rolname = $1 and 'log_statement=all' = any (setting.setconfig)
     ) as logged`,
    [role],
  );
  return logged;
}

/** All write into one pipe and the collector reads it in order: once our own line is there, so is everything before it. */
async function untilWritten(session: Session, logFile: string): Promise<void> {
  const mark = `drydock ${randomUUID()}`;
  const { size } = await stat(logFile);
  await session.query(`do $$ begin raise log using message = ${literal(mark)}; end $$`);
  const giveUpAt = performance.now() + collectorPatienceMs;
  while (performance.now() < giveUpAt) {
    for await (const line of linesContaining(logFile, mark, size)) if (line.message === mark) return;
    await sleep(lookEveryMs);
  }
}

async function* linesContaining(logFile: string, text: string, start = 0): AsyncGenerator<LogLine> {
  await using file = await open(logFile);
  for await (const line of file.readLines({ start })) {
    // the last line may still be being written
    if (line.includes(text) && line.endsWith('}')) yield JSON.parse(line) as LogLine;
  }
}
