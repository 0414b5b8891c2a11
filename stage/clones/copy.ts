import { connectRole } from '../../ops/contract/index.ts';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { identifier, type Session } from '../../ops/postgres/index.ts';
import { differencesBeside, type Difference } from './likeness.ts';
import { cloneQuery } from './queries.ts';
import { occupied, visitorsIn } from './sessions.ts';

export interface CopyOrder {
  readonly from: string;
  readonly to: string;
  /** The roles that hold CONNECT on them. */
  readonly connectRoles: { readonly from: string; readonly to: string };
}

const inUse = '55006';

/**
 * Copies a database to a new one that nobody can log in to yet: its contents by copying files, then what CREATE DATABASE
 * drops (owner, rights, settings), and compares.
 * @param server the administrator's session on another database
 * @throws CLONE_SESSIONS when somebody is in the original, CLONE_UNFAITHFUL
 */
export async function copyDatabase(server: Session, order: CopyOrder): Promise<void> {
  const { from, to, connectRoles } = order;
  await copyFiles(server, order);
  await server.script(await wordsToSayAgain(server, order));
  refuseDifferences(
    to,
    await differencesBeside(
      server,
      { database: from, connectRole: connectRoles.from },
      { database: to, connectRole: connectRoles.to },
    ),
  );
}

/**
 * The bare copy, without its rights and settings: nobody can log in to it.
 * @throws CLONE_SESSIONS when somebody is in the original
 */
export async function copyFiles(server: Session, { from, to }: CopyOrder): Promise<void> {
  const { owner, connection_limit } = await server.row<{ owner: string; connection_limit: number }>(
    `select pg_catalog.pg_get_userbyid(datdba) as owner, datconnlimit as connection_limit
     from pg_catalog.pg_database where datname = $1`,
    [from],
  );
  try {
    await server.query(
      `create database ${identifier(to)} template ${identifier(from)} strategy file_copy
       owner ${identifier(owner)} allow_connections false connection limit ${connection_limit}`,
    );
  } catch (error) {
    throw codeOf(error) === inUse ? occupied(from, await visitorsIn(server, from), error) : error;
  }
}

/** The statements, for one message and so one transaction, that say of a copy what CREATE DATABASE dropped. */
export async function wordsToSayAgain(server: Session, { from, to, connectRoles }: CopyOrder): Promise<string> {
  const values = [from, to, connectRoles.from, connectRoles.to];
  const said = await cloneQuery<{ statement: string }>(server, 'say_again', values);
  return said.map(({ statement }) => statement).join(';\n');
}

/** The copy of a staging that is to be one: the same role holds CONNECT. */
export function alike(database: string): CopyOrder['connectRoles'] {
  return { from: connectRole(database), to: connectRole(database) };
}

/** @throws CLONE_UNFAITHFUL that names what differs */
export function refuseDifferences(copy: string, found: readonly Difference[]): void {
  if (found.length === 0) return;
  const list = found.map(({ object }) => object).join(', ');
  throw new DrydockError('CLONE_UNFAITHFUL', `The copy ${copy} is not like its original: ${list}.`, {
    hint: 'It was made and compared while somebody changed one of them, or the server drops something. Try again.',
  });
}

/** Drops a copy, if it is there, with whoever is in it. */
export async function dropCopy(server: Session, database: string): Promise<void> {
  await server.query(`drop database if exists ${identifier(database)} with (force)`);
}
