import { codeOf } from '../../ops/errors.ts';
import { runStatement, serverMessage, SqlError, type Session } from '../../ops/postgres/index.ts';
import { catalogQuery, nameOf, type Relation } from './relations.ts';

/** Something that could not be looked at, and why. */
export interface Unseen {
  readonly object: string;
  readonly what: string;
  readonly reason: string;
}

/** Refusals that one relation is to blame for, by SQLSTATE. */
const ofOneRelation = new Set([
  ...['55P03', '57014', '53200'], // locked, out of time, out of locks
  ...['42501', '42P01', '3F000', '55000'], // forbidden, gone since, a materialised view that nobody filled
  ...['22007', '22008', '22P02', '42846'], // a value that is no time
  ...['XX000', 'XX001', 'XX002', '58030', '58P01'], // broken or missing files
]);

/**
 * Reads many relations at once, and spares the rest when one of them is locked, broken or forbidden: each attempt stands in a
 * savepoint, a refused one is repeated without the relations that are known to be locked, then in halves.
 */
export class SparingReader {
  readonly session: Session;
  readonly #unseen: Unseen[] = [];
  readonly #locked = new Set<number>();

  constructor(session: Session) {
    this.session = session;
  }

  /** What was spared so far, in order of name. */
  get unseen(): Unseen[] {
    return this.#unseen.toSorted((a, b) => (a.object + a.what < b.object + b.what ? -1 : 1));
  }

  /** Notes something that was not looked at. */
  leaveOut(object: string, what: string, reason: string): void {
    this.#unseen.push({ object, what, reason });
  }

  /** The rows of a catalog query that takes oids as $1. */
  async catalog<Row>(name: string, relations: readonly Relation[]): Promise<Row[]> {
    const file = await catalogQuery(name);
    return this.read(name, relations, async (some) => {
      const { rows } = await runStatement<Row>(this.session, file, { values: [some.map(({ oid }) => oid)] });
      return rows;
    });
  }

  /**
   * @param what is looked at, for the list of what was not seen
   * @param attempt reads some of the relations in one statement; its locks are given back after it
   */
  async read<Row>(
    what: string,
    relations: readonly Relation[],
    attempt: (some: readonly Relation[]) => Promise<Row[]>,
  ): Promise<Row[]> {
    const open = relations.filter((relation) => !this.#isLocked(relation, what));
    if (open.length === 0) return [];
    try {
      return await this.session.takenBack(() => attempt(open));
    } catch (error) {
      if (!ofOneRelation.has(sqlstateOf(error))) throw error;
      return this.#withoutTheCulprit(what, open, attempt, error);
    }
  }

  async #withoutTheCulprit<Row>(
    what: string,
    relations: readonly Relation[],
    attempt: (some: readonly Relation[]) => Promise<Row[]>,
    error: unknown,
  ): Promise<Row[]> {
    if (sqlstateOf(error) === '55P03' && (await this.#foundLocked(relations)))
      return this.read(what, relations, attempt);
    const [only] = relations;
    if (relations.length === 1 && only) {
      this.leaveOut(nameOf(only), what, reasonOf(error));
      return [];
    }
    const middle = relations.length >> 1;
    const left = await this.read(what, relations.slice(0, middle), attempt);
    return [...left, ...(await this.read(what, relations.slice(middle), attempt))];
  }

  /** Asks who is locked, so that one locked table of thousands costs one wait and not a dozen. */
  async #foundLocked(relations: readonly Relation[]): Promise<boolean> {
    const oids = relations.map(({ oid }) => oid);
    const { rows } = await runStatement<{ oid: number }>(this.session, await catalogQuery('locked'), {
      values: [oids],
    });
    for (const { oid } of rows) this.#locked.add(oid);
    return rows.length > 0;
  }

  #isLocked(relation: Relation, what: string): boolean {
    if (!this.#locked.has(relation.oid)) return false;
    this.leaveOut(nameOf(relation), what, 'another session holds it locked, or waits to');
    return true;
  }
}

/** What the server said, without the place in our own query. */
function reasonOf(error: unknown): string {
  return serverMessage(error instanceof SqlError ? error.cause : error);
}

function sqlstateOf(error: unknown): string {
  return (error instanceof SqlError ? error.sqlstate : codeOf(error)) ?? '';
}
