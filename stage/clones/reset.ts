import { besides } from '../../ops/contract/index.ts';
import { identifier, literal, type Session } from '../../ops/postgres/index.ts';
import { readBooks, sha256OfBooks, writeBooks, type Books } from './books.ts';
import { dropCopy } from './copy.ts';
import { lockTemplate } from './lock.ts';
import { closeDatabase, openDatabase } from './sessions.ts';
import { copiesOf, present, type Template } from './template.ts';
import { copyWarm, isCopyOf } from './warm.ts';

export interface Reset {
  readonly template: Template;
  /** Whether a copy stood ready; otherwise it was made now. */
  readonly wasWarm: boolean;
}

/**
 * Puts a staging back to its template: a copy takes its name, in one transaction, and what was there is dropped. The
 * leases stay as they are: those in force still are, and nothing of what happened to them is forgotten.
 * @param server the administrator's session on the database `postgres`
 * @throws CLONE_NO_TEMPLATE, CLONE_SESSIONS when somebody is in the staging and is not to be thrown out
 */
export async function resetStaging(
  server: Session,
  { database, endSessions }: { database: string; endSessions: boolean },
): Promise<Reset> {
  await using _lock = await lockTemplate(server, 'exclusive');
  // a login takes longer than everything else, so it is not waited for first
  const [ready, entered] = await Promise.allSettled([makeReady(server, database), enter(server, database)]);
  await using inside = valueOf(entered);
  const { template, wasWarm } = valueOf(ready);
  const books = await takePlace(server, inside, { template, endSessions });
  if (sha256OfBooks(books) !== template.books) await restore(server, database, books);
  return { template, wasWarm };
}

async function makeReady(server: Session, database: string): Promise<Reset> {
  const copies = await copiesOf(server, database);
  const template = present(copies.template, database);
  const wasWarm = isCopyOf(template, copies.warm);
  if (!wasWarm) await copyWarm(server, database, template);
  await dropOld(server, database);
  return { template, wasWarm };
}

function enter(server: Session, database: string): Promise<Session> {
  return server.beside('drydock clone', database);
}

/** Drops what a reset put aside. */
export async function dropOld(server: Session, database: string): Promise<void> {
  await dropCopy(server, besides(database).old);
}

async function restore(server: Session, database: string, books: Books): Promise<void> {
  await using inside = await enter(server, database);
  await writeBooks(inside, books);
}

/**
 * Closes the staging and renames, in one transaction: killed before, the staging is as it was; killed after, it is put back.
 * @returns the books, as they were when nobody could write them any more
 */
async function takePlace(
  server: Session,
  inside: Session,
  { template, endSessions }: { template: Template; endSessions: boolean },
): Promise<Books> {
  const { database } = inside.target;
  try {
    // read once in vain meanwhile: what counts is read when nobody can write it any more, and then takes a quarter
    const closing = closeDatabase(server, database, { spare: inside, endSessions });
    const [closed] = await Promise.allSettled([closing, readBooks(inside)]);
    valueOf(closed);
    const books = await readBooks(inside);
    await inside.close();
    await rename(server, database, template);
    return books;
  } catch (error) {
    await openDatabase(server, database);
    throw error;
  }
}

async function rename(server: Session, database: string, { comment }: Template): Promise<void> {
  const [staging, warm, old] = [database, besides(database).warm, besides(database).old].map(identifier);
  const renames = [
    `alter database ${staging} rename to ${old}`,
    `alter database ${warm} rename to ${staging}`,
    `comment on database ${staging} is ${comment === null ? 'null' : literal(comment)}`,
    `alter database ${staging} allow_connections true`,
  ];
  await server.script(renames.join(';\n')); // one message is one transaction
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}
