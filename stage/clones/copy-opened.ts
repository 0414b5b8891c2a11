import { connectRole } from '../../ops/contract/index.ts';
import { identifier, literal, Session } from '../../ops/postgres/index.ts';
import { copyFiles, refuseDifferences, wordsToSayAgain, type CopyOrder } from './copy.ts';
import { sha256OfFiles } from './files.ts';
import { differences, differentFacts, factsOf, fingerprintOf, type Facts } from './likeness.ts';
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
  const opening = Session.open({ ...server.target, database: staging }, asClone);
  const preparing = opening.then((books) => prepare(books, order));
  const making = copyAndOpen(server, order, template, preparing);
  const entering = openOnceThere({ ...server.target, database: to }, making);
  await using _sessions = closingAll([opening, entering], [preparing, making]);
  const { facts } = await preparing;
  const books = await opening;
  // the contract that is checked in the clone has to know who opens it
  await books.transaction(async () => {
    await declare(books, to);
    await making;
    const sessions = { server, books, entering };
    await Promise.all([entering.then((inside) => declare(inside, to)), compare(sessions, template, order, facts)]);
  });
}

/** What is known of a copy before it is there. */
interface Prepared {
  readonly words: string;
  readonly facts: Facts;
}

async function prepare(books: Session, order: CopyOrder): Promise<Prepared> {
  const { from, connectRoles } = order;
  return {
    words: await wordsToSayAgain(books, order),
    facts: await factsOf(books, { database: from, connectRole: connectRoles.from }),
  };
}

async function copyAndOpen(
  server: Session,
  order: CopyOrder,
  template: Template,
  preparing: Promise<Prepared>,
): Promise<void> {
  await copyFiles(server, order);
  await server.script(openingWords((await preparing).words, template, order.to));
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
  { server, books, entering }: { server: Session; books: Session; entering: Promise<Session> },
  template: Template,
  { to, connectRoles }: CopyOrder,
  facts: Facts,
): Promise<void> {
  const { files, fingerprint } = template;
  const [copied, sha256] = await Promise.all([
    factsOf(books, { database: to, connectRole: connectRoles.to }),
    files && sha256OfFiles(server, to, files.names),
  ]);
  refuseDifferences(to, differentFacts(facts, copied));
  if (files && sha256 === files.sha256) return;
  // other files may hold the same: nobody could read them, or somebody looked into the template
  const inside = await entering;
  if ((await fingerprintOf(inside)) !== fingerprint) await refuseUnfaithful(server, template, inside);
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
