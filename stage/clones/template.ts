import { besides } from '../../ops/contract/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import { identifier, literal, type Session } from '../../ops/postgres/index.ts';
import { readBooks, sha256OfBooks } from './books.ts';
import { alike, copyDatabase, dropCopy } from './copy.ts';
import { catalogFileNames, filesAlike, type CatalogFiles } from './files.ts';
import { fingerprintOf } from './likeness.ts';
import { lockTemplate } from './lock.ts';
import { closeDatabase, openDatabase, refuseSessions } from './sessions.ts';

/** A closed copy of a staging, as it was after one of its steps. */
export interface Template {
  readonly database: string;
  readonly takenAt: string;
  /** The step that it was taken after; null when it was taken because somebody asked for it. */
  readonly after: string | null;
  /** What everything in it comes to. */
  readonly fingerprint: string;
  /** What its catalogs come to as files, where they can be read: a copy that comes to the same need not be asked. */
  readonly files: CatalogFiles | null;
  /** The sha256 of the books in it. */
  readonly books: string;
  /** The staging's comment: the copy's own says that it is a template. */
  readonly comment: string | null;
}

export interface TemplateOrder {
  /** The staging. */
  readonly database: string;
  readonly after: string | null;
  /** Whether those who are at work in the staging are thrown out; otherwise they keep it from being copied. */
  readonly endSessions?: boolean;
  readonly now: Date;
}

const mark = 'drydock template ';
/** Databases have names of 63 bytes at most, and a longer one would be cut off without an error. */
const longestName = 63;

/**
 * Copies a staging to its template. The one before stays until the new one is finished.
 * @param server the administrator's session on the database `postgres`
 * @throws CLONE_SESSIONS, CLONE_NAME when the staging's name leaves no room for the template's
 */
export async function takeTemplate(server: Session, order: TemplateOrder): Promise<Template> {
  const { database, after, endSessions = false, now } = order;
  const { template, next } = besides(database);
  requireFits(template);
  await using _lock = await lockTemplate(server, 'exclusive');
  await dropCopy(server, next);
  const inside = await copyAlone(server, database, next, endSessions);
  const comment = (await commentsOf(server, [database])).get(database) ?? null;
  const taken: Template = { database: template, takenAt: now.toISOString(), after, ...inside, comment };
  await server.query(`comment on database ${identifier(next)} is ${literal(mark + JSON.stringify(taken))}`);
  await dropCopy(server, template);
  await server.query(`alter database ${identifier(next)} rename to ${identifier(template)}`);
  return taken;
}

/** The latest template of a staging, if there is one. */
export async function templateOf(server: Session, database: string): Promise<Template | undefined> {
  return (await copiesOf(server, database)).template;
}

/** The latest template of a staging, and the copy that stands ready to take the staging's place, as far as they are there. */
export async function copiesOf(
  server: Session,
  database: string,
): Promise<{ template: Template | undefined; warm: Template | undefined }> {
  const { template, warm } = besides(database);
  const notes = await commentsOf(server, [template, warm]);
  return { template: markedAs(notes.get(template)), warm: markedAs(notes.get(warm)) };
}

/** @throws CLONE_NO_TEMPLATE */
export async function requireTemplate(server: Session, database: string): Promise<Template> {
  return present(await templateOf(server, database), database);
}

/** @throws CLONE_NO_TEMPLATE when it is not there */
export function present(template: Template | undefined, database: string): Template {
  if (template) return template;
  throw new DrydockError('CLONE_NO_TEMPLATE', `There is no template of ${database} to copy.`, {
    hint: 'Take one now with "drydock clone NAME --live"; steps take one when nobody else is in the staging.',
  });
}

/** What the comment of a template, or of a copy that is to take the staging's place, says of it. */
function markedAs(note: string | null | undefined): Template | undefined {
  return note?.startsWith(mark) ? (JSON.parse(note.slice(mark.length)) as Template) : undefined;
}

export async function copyMark(server: Session, from: Template, to: string): Promise<void> {
  await server.query(`comment on database ${identifier(to)} is ${literal(mark + JSON.stringify(from))}`);
}

/** @throws CLONE_NAME */
export function requireFits(database: string): void {
  if (Buffer.byteLength(database) <= longestName) return;
  throw new DrydockError('CLONE_NAME', `The name ${database} is longer than the ${longestName} bytes of a name.`, {
    hint: 'Choose a shorter one for the clone, or for the database in drydock.yaml.',
  });
}

/** Copies a database while nobody is in it. @returns what is copied */
async function copyAlone(
  server: Session,
  from: string,
  to: string,
  endSessions: boolean,
): Promise<Pick<Template, 'fingerprint' | 'files' | 'books'>> {
  await using inside = await server.beside('drydock clone', from);
  if (endSessions) await closeDatabase(server, from, { spare: inside, endSessions });
  else await refuseSessions(server, from);
  try {
    const found = { fingerprint: await fingerprintOf(inside), books: sha256OfBooks(await readBooks(inside)) };
    const names = await catalogFileNames(inside);
    await inside.close();
    await copyDatabase(server, { from, to, connectRoles: alike(from) });
    return { ...found, files: names && (await filesAlike(server, { from, to }, names)) };
  } finally {
    if (endSessions) await openDatabase(server, from);
  }
}

async function commentsOf(server: Session, databases: readonly string[]): Promise<Map<string, string | null>> {
  const { rows } = await server.query<{ name: string; comment: string | null }>(
    `select datname as name, pg_catalog.shobj_description(oid, 'pg_database') as comment
     from pg_catalog.pg_database where datname = any ($1)`,
    [databases],
  );
  return new Map(rows.map(({ name, comment }) => [name, comment]));
}
