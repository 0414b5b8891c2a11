import { connectRole } from '../../ops/contract/index.ts';
import { identifier, literal, Session } from '../../ops/postgres/index.ts';
import { copyFiles, refuseDifferences, wordsToSayAgain, type CopyOrder } from './copy.ts';
import { catalogQueries, differences, differentFacts, factsOf, fingerprintSideBySide, type Facts } from './likeness.ts';
import { closeDatabase, openDatabase, openOnceThere } from './sessions.ts';
import type { Template } from './template.ts';

export interface OpenedCopyOrder {
  readonly template: Template;
  /** Where the books are kept. */
  readonly staging: string;
  readonly to: string;
}

const asClone = { applicationName: 'drydock clone' };

/**
 * Copies a template, opens the copy to its own connect role, compares the two, and notes it in the contract of both. What
 * need not wait for the copy is done while it is made: two logins take as long as copying a small database.
 * @param server the administrator's session on the database `postgres`
 * @throws CLONE_UNFAITHFUL
 */
export async function copyOpened(server: Session, { template, staging, to }: OpenedCopyOrder): Promise<void> {
  const connectRoles = { from: connectRole(staging), to: connectRole(to) };
  const order = { from: template.database, to, connectRoles };
  const isOpen = Promise.withResolvers<void>();
  const opening = Session.open({ ...server.target, database: staging }, asClone);
  const preparing = opening.then((books) => prepare(books, order));
  // two, because reading its catalogs for the first time is most of the work
  const entering = [1, 2].map(() => openOnceThere({ ...server.target, database: to }, isOpen.promise));
  await using _sessions = closingAll([opening, ...entering], [preparing]);
  try {
    await copyFiles(server, order);
    await server.script(openingWords((await preparing).words, template, to));
    isOpen.resolve();
  } catch (error) {
    isOpen.reject(error);
    throw error;
  }
  const [books, prepared] = [await opening, await preparing];
  const inside = await Promise.all(entering);
  // the contract that is checked in the clone has to know who opens it
  await books.transaction(async () => {
    await Promise.all([declare(books, to), compare(server, inside, template, order, prepared)]);
    await declare(inside[0]!, to);
  });
}

/** What is known of a copy before it is there. */
interface Prepared {
  readonly words: string;
  readonly facts: Facts;
  readonly catalogs: readonly string[];
}

async function prepare(books: Session, order: CopyOrder): Promise<Prepared> {
  const { from, connectRoles } = order;
  return {
    words: await wordsToSayAgain(books, order),
    facts: await factsOf(books, { database: from, connectRole: connectRoles.from }),
    catalogs: await catalogQueries(books),
  };
}

/** One message, one transaction: nobody finds the copy open and its rights not yet said. */
function openingWords(words: string, { comment }: Template, database: string): string {
  const name = identifier(database);
  const ours = comment === null ? [] : [`comment on database ${name} is ${literal(comment)}`];
  return [words, ...ours, `alter database ${name} allow_connections true`].filter(Boolean).join(';\n');
}

async function declare(session: Session, database: string): Promise<void> {
  await session.query('select drydock.declare_database($1)', [database]);
}

/** @throws CLONE_UNFAITHFUL */
async function compare(
  server: Session,
  inside: readonly Session[],
  template: Template,
  { to, connectRoles }: CopyOrder,
  { facts, catalogs }: Prepared,
): Promise<void> {
  const [fingerprint, copied] = await Promise.all([
    fingerprintSideBySide(inside, catalogs),
    factsOf(server, { database: to, connectRole: connectRoles.to }),
  ]);
  refuseDifferences(to, differentFacts(facts, copied));
  if (fingerprint !== template.fingerprint) await refuseUnfaithful(server, template, inside[0]!);
}

/** Opens the template for a moment, to say what differs: whatever it is, the fingerprints were not equal. */
async function refuseUnfaithful(server: Session, template: Template, copy: Session): Promise<never> {
  const { database } = template;
  await openDatabase(server, database);
  try {
    await using original = await Session.open({ ...server.target, database }, asClone);
    refuseDifferences(copy.target.database, await differences(original, copy));
    // the template itself is not what the staging was
    refuseDifferences(copy.target.database, [
      { object: 'the fingerprint', original: template.fingerprint, copy: null },
    ]);
    throw new Error('unreachable');
  } finally {
    await closeDatabase(server, database, { endSessions: true });
  }
}

/** Closes sessions whatever came of opening them; what the other promises came to, whoever awaits them is told. */
function closingAll(sessions: readonly Promise<Session>[], others: readonly Promise<unknown>[]): AsyncDisposable {
  const settled = Promise.allSettled([...sessions, ...others]);
  return {
    [Symbol.asyncDispose]: async () => {
      await settled;
      await Promise.all(
        sessions.map((opening) =>
          opening.then(
            (session) => session.close(),
            () => {},
          ),
        ),
      );
    },
  };
}
