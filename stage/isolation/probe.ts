import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { codeOf, messageOf } from '../../ops/errors.ts';
import { extensionsSchema, makingFor } from '../../ops/contract/index.ts';
import { identifier, isSuperuser, qualified, readSqlFile, type Session } from '../../ops/postgres/index.ts';
import { attemptOf } from './attempt.ts';
import type { Cell, ProbeObject } from './matrix.ts';

/** A cell after it was tried. */
export interface Probe extends Cell {
  /** Whether the attempt got past the privilege check; undefined where only the catalog could be asked. */
  readonly attempt: boolean | undefined;
  /** The server's answer to the attempt. */
  readonly answer: string;
  /** What both witnesses say together; undefined when they disagree. */
  readonly observed: boolean | undefined;
}

/** What a statement came to: DD000 is success, taken back. */
interface Answer {
  readonly n: number;
  readonly state: string;
  readonly message: string;
}

export interface Attempt {
  readonly n: number;
  readonly statement: string;
  /** Whether its one value is wanted. */
  readonly counts: boolean;
}

export const success = 'DD000';
const insufficientPrivilege = '42501';

/** Tries every cell. `tryAll` runs statements as the cells' role and takes each back. */
export async function probeCells(
  cells: readonly Cell[],
  objects: ReadonlyMap<string, ProbeObject>,
  database: string,
  tryAll: (attempts: Attempt[]) => Promise<Answer[]>,
): Promise<Probe[]> {
  const attempts = cells.flatMap((cell, n) => {
    const elsewhere = cell.kind === 'database' && cell.object !== database;
    const statement = elsewhere ? undefined : attemptOf(cell, objects.get(objectKey(cell)));
    return statement ? [{ n, statement, counts: false }] : [];
  });
  const answers = new Map((await tryAll(attempts)).map((answer) => [answer.n, answer]));
  return cells.map((cell, n) => probeOf(cell, answers.get(n)));
}

export function objectKey({ kind, schema, object }: Pick<Cell, 'kind' | 'schema' | 'object'> | ProbeObject): string {
  return JSON.stringify([kind, schema, object]);
}

function probeOf(cell: Cell, answer: Answer | undefined): Probe {
  if (!answer) {
    return { ...cell, attempt: undefined, answer: 'asked the catalog only', observed: cell.catalogSays };
  }
  // Any other error came after the privilege check: a missing row, a trigger's refusal, a referenced table.
  const attempt = answer.state !== insufficientPrivilege;
  const said = answer.state === success ? 'not refused' : `${answer.message} (${answer.state})`;
  return { ...cell, attempt, answer: said, observed: attempt === cell.catalogSays ? attempt : undefined };
}

/**
 * Tries statements inside the open transaction as `role`, which none of them can leave; as its login too where that is
 * possible, so that policies which ask for the login see it. Nothing of it stays.
 * @param role one that may use the schema of extensions
 * @param gently as the role only, on a server that others use
 */
export async function tryAs(
  session: Session,
  role: string,
  attempts: readonly Attempt[],
  gently = false,
): Promise<Answer[]> {
  const probe = qualified(extensionsSchema, `drydock_probe_${session.processId}`);
  const superuser = await isSuperuser(session);
  const making = [
    await probeFunction(probe, 'definer'),
    `revoke all on function ${probe} from public`,
    `alter function ${probe} owner to ${identifier(role)}`,
  ].join(';\n');
  return askTakenBack(
    session,
    `${makingFor(role, making, { superuser })};\n${actAs(role, superuser && !gently)}`,
    probe,
    attempts,
  );
}

/**
 * Makes the function of `tryUnconfined`, which lasts as long as the transaction: nobody could tell it from what a database
 * has itself, were it SECURITY DEFINER.
 */
export async function makeProbeFunction(session: Session): Promise<void> {
  await session.script(
    `${await probeFunction(unconfined, 'invoker')}; grant execute on function ${unconfined} to public`,
  );
}

/** As `tryAs`, for statements that have to see the catalogs as they are, on a server that nobody else has. */
export async function tryUnconfined(session: Session, role: string, attempts: readonly Attempt[]): Promise<Answer[]> {
  return askTakenBack(session, actAs(role, await isSuperuser(session)), unconfined, attempts);
}

const unconfined = 'pg_temp.drydock_probe';

function actAs(role: string, asLogin: boolean): string {
  return `set local ${asLogin ? 'session authorization' : 'role'} ${identifier(role)}`;
}

/** Asks a probe's function, and takes back what was asked and what came before; all of it sent at once where the session is pipelined. */
async function askTakenBack(
  session: Session,
  before: string,
  probe: string,
  attempts: readonly Attempt[],
): Promise<Answer[]> {
  const sent = [
    session.query('savepoint drydock'),
    session.script(before),
    ask(session, probe, attempts),
    session.script('rollback to savepoint drydock; release savepoint drydock'),
  ] as const;
  const [begun, made, answered, takenBack] = await Promise.allSettled(sent);
  for (const answer of [begun, made, takenBack]) if (answer.status === 'rejected') throw answer.reason;
  if (answered.status === 'rejected') throw answered.reason;
  return answered.value;
}

async function ask(session: Session, probe: string, attempts: readonly Attempt[]): Promise<Answer[]> {
  const { rows } = await session.query<{ place: number; state: string; message: string }>(
    `select place, state, message from ${probe}($1, $2)`,
    [attempts.map(({ statement }) => statement), attempts.map(({ counts }) => counts)],
  );
  return rows.map(({ place, state, message }) => ({ n: attempts[place - 1]!.n, state, message }));
}

let read: Promise<string> | undefined;

async function probeFunction(probe: string, security: 'definer' | 'invoker'): Promise<string> {
  read ??= readSqlFile(builtinRoot, join(builtinSql, 'isolation', 'probe_function.sql')).then(({ text }) => text);
  return (await read).replace(':probe', probe).replace(':security', security);
}

/** Enough that nobody waits for a message; two thousand tables have more attempts than should wait in memory. */
const sentAtOnce = 25;

/** Tries statements in a pipelined session that is logged in as the role itself. */
export async function tryLoggedIn(session: Session, attempts: Attempt[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let from = 0; from < attempts.length; from += sentAtOnce) {
    const sent = attempts.slice(from, from + sentAtOnce);
    const tried = sent.map(async ({ n, statement }) => ({ n, ...(await tryOne(session, statement)) }));
    answers.push(...(await Promise.all(tried)));
  }
  return answers;
}

async function tryOne(session: Session, statement: string): Promise<Omit<Answer, 'n'>> {
  try {
    await session.attempt(statement);
    return { state: success, message: '' };
  } catch (error) {
    const state = codeOf(error);
    // only the server's refusal is an answer; a lost connection is not
    if (!state || !/^[0-9A-Z]{5}$/.test(state)) throw error;
    return { state, message: messageOf(error) };
  }
}
