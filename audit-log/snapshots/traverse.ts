import type { SnapshotPlan } from '../../ops/config/index.ts';
import { own } from '../../ops/own.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { ChosenRows, type Reach } from './chosen.ts';
import { keyedSelect, pieces } from './keyed.ts';
import type { Meter } from './meter.ts';
import type { Resolved } from './resolve.ts';
import {
  childOf,
  column,
  nameOf,
  namesOf,
  orderBy,
  parentOf,
  source,
  type Edge,
  type Key,
  type Table,
} from './tables.ts';

/** Something that a plan could have brought and a limit kept out. */
export interface Cut {
  readonly where: string;
  readonly reason: string;
}

/** A reference that was followed, and how many of its values point at a row that is not in the snapshot. */
export interface Closure {
  readonly constraint: string;
  readonly child: string;
  readonly parent: string;
  readonly references: number;
  readonly dangling: number;
}

/** Chooses rows by their keys: seeds, then children as deep as the plan says, then all parents of what was chosen. */
export class Traversal {
  readonly chosen = new Map<string, ChosenRows>();
  readonly cuts: Cut[] = [];
  readonly #session: Session;
  readonly #meter: Meter;
  readonly #resolved: Resolved;
  readonly #follow: SnapshotPlan['follow'];
  readonly #taken = new Map<string, number>();

  constructor(session: Session, meter: Meter, resolved: Resolved, follow: SnapshotPlan['follow']) {
    this.#session = session;
    this.#meter = meter;
    this.#resolved = resolved;
    this.#follow = follow;
  }

  /** Seeds that nothing is followed from are exported as they are, without a look at their keys. */
  isAlone(table: Table): boolean {
    const name = nameOf(table);
    return !this.#resolved.edges.some(
      (edge) =>
        (this.#isUp(edge) && (childOf(edge) === name || parentOf(edge) === name)) ||
        (this.#isDown(edge) && (childOf(edge) === name || parentOf(edge) === name)),
    );
  }

  async run(): Promise<void> {
    const found = new Map<string, Key[]>();
    for (const { table, where, limit } of this.#resolved.seeds) {
      if (this.isAlone(table)) continue;
      const rows = this.#rowsOf(table, 'seed');
      if (!rows) continue;
      const most = limit ?? this.#left();
      const read = await this.#meter.rows(
        this.#session,
        { what: `keys of the seed ${nameOf(table)}`, select: this.#select(rows, where?.text ?? 'true', most + 1) },
        [],
      );
      if (limit === undefined) this.#requireRoom(read.length);
      found.set(nameOf(table), rows.add(this.#withinLimit(`seed ${nameOf(table)}`, read, most)));
    }
    await this.#goDown(found);
    if (this.#follow.parents) await this.#goUp();
  }

  /** Looks at every reference that was followed upwards. */
  closure(): Closure[] {
    return this.#resolved.edges.flatMap((edge) => {
      const child = this.chosen.get(childOf(edge));
      if (!this.#isUp(edge) || !child) return [];
      const pointed = child.references(edge.child_columns);
      const parent = this.chosen.get(parentOf(edge));
      const there = new Set(parent?.references(edge.parent_columns).map((values) => JSON.stringify(values)));
      const dangling = pointed.filter((values) => !there.has(JSON.stringify(values))).length;
      const { constraint } = edge;
      return [{ constraint, child: childOf(edge), parent: parentOf(edge), references: pointed.length, dangling }];
    });
  }

  /** Children of what was found last, until the depth is reached or nothing new is found. */
  async #goDown(seeds: ReadonlyMap<string, Key[]>): Promise<void> {
    let last = seeds;
    for (let depth = 1; depth <= this.#follow.depth && last.size > 0; depth += 1) {
      const next = new Map<string, Key[]>();
      for (const edge of this.#resolved.edges.filter((one) => this.#isDown(one))) {
        const parents = this.chosen.get(parentOf(edge));
        const from = last.get(parentOf(edge)) ?? [];
        const child = this.#resolved.tables.get(childOf(edge))!;
        const rows = from.length > 0 ? this.#rowsOf(child, 'child') : undefined;
        if (!parents || !rows) continue;
        const fresh = await this.#children(edge, rows, parents.references(edge.parent_columns, from));
        if (fresh.length > 0) next.set(nameOf(child), [...(next.get(nameOf(child)) ?? []), ...fresh]);
      }
      last = next;
    }
  }

  async #children(edge: Edge, rows: ChosenRows, parents: readonly Key[]): Promise<Key[]> {
    const limit = own(this.#follow.edges, edge.constraint)?.rows ?? this.#follow.rowsPerEdge;
    const condition = this.#resolved.conditions.get(nameOf(rows.table))?.text;
    const read: Key[] = [];
    for (const piece of pieces(parents)) {
      const left = limit - (this.#taken.get(edge.constraint) ?? 0) - read.length;
      if (left < 0) break;
      read.push(
        ...(await this.#byKeys(`children by ${edge.constraint}`, rows, edge.child_columns, piece, {
          condition,
          limit: left + 1,
        })),
      );
    }
    const kept = this.#withinLimit(
      `${childOf(edge)} by ${edge.constraint}`,
      read,
      limit - (this.#taken.get(edge.constraint) ?? 0),
    );
    this.#taken.set(edge.constraint, (this.#taken.get(edge.constraint) ?? 0) + kept.length);
    return rows.add(kept);
  }

  /** Parents of everything, and theirs, until nobody points outside. */
  async #goUp(): Promise<void> {
    let last = new Map([...this.chosen].map(([name, rows]) => [name, rows.all()]));
    while (last.size > 0) {
      const next = new Map<string, Key[]>();
      for (const edge of this.#resolved.edges.filter((one) => this.#isUp(one))) {
        const children = this.chosen.get(childOf(edge));
        const pointed = children?.references(edge.child_columns, last.get(childOf(edge)) ?? []) ?? [];
        if (pointed.length === 0) continue;
        const parent = this.#resolved.tables.get(parentOf(edge))!;
        const rows = this.#rowsOf(parent, 'parent');
        if (!rows) continue;
        const there = new Set(rows.references(edge.parent_columns).map((values) => JSON.stringify(values)));
        const missing = pointed.filter((values) => !there.has(JSON.stringify(values)));
        for (const piece of pieces(missing)) {
          const read = await this.#byKeys(`parents by ${edge.constraint}`, rows, edge.parent_columns, piece, {});
          const fresh = rows.add(read);
          this.#requireRoom(0);
          if (fresh.length > 0) next.set(nameOf(parent), [...(next.get(nameOf(parent)) ?? []), ...fresh]);
        }
      }
      last = next;
    }
  }

  async #byKeys(
    what: string,
    rows: ChosenRows,
    columns: readonly string[],
    keys: readonly Key[],
    { condition, limit }: { condition?: string | undefined; limit?: number },
  ): Promise<Key[]> {
    const where = keyedSelect(rows.table, columns, 'parameters');
    const select = this.#select(rows, condition ? `${where}\n  and (${condition}\n)` : where, limit);
    const values = columns.map((_, at) => keys.map((key) => key[at]));
    return this.#meter.rows(this.#session, { what: `${nameOf(rows.table)}: ${what}`, select }, values);
  }

  #select({ table, links, key }: ChosenRows, where: string, limit?: number): string {
    const columns = links.map((name, at) => `${column(name)}::text as c${at}`);
    const end = limit === undefined ? '' : `\nlimit ${limit}`;
    return `select ${columns.join(', ')}\nfrom ${source(table)}\nwhere (${where}\n)\norder by ${orderBy(table, key)}${end}`;
  }

  /** The chosen rows of a table; none where nothing tells its rows apart, or where this role may not read what does. */
  #rowsOf(table: Table, reach: Reach): ChosenRows | undefined {
    const name = nameOf(table);
    const known = this.chosen.get(name);
    if (known) return known;
    const obstacle = this.#obstacle(table);
    if (obstacle) {
      if (!this.cuts.some(({ where }) => where === name)) this.cuts.push({ where: name, reason: obstacle });
      return undefined;
    }
    const rows = new ChosenRows(table, reach, table.key!, this.#linksOf(table));
    this.chosen.set(name, rows);
    return rows;
  }

  #obstacle(table: Table): string | undefined {
    if (table.kind !== 'r' && table.kind !== 'p' && table.kind !== 'm') return 'it is no table';
    if (!table.key) return 'it has no key that tells its rows apart';
    const hidden = this.#linksOf(table).find((name) => !table.columns.find((one) => one.name === name)?.may_read);
    return hidden === undefined ? undefined : `this role may not read its column ${hidden}`;
  }

  #linksOf(table: Table): string[] {
    const name = nameOf(table);
    const inEdges = this.#resolved.edges
      .filter((edge) => this.#isUp(edge) || this.#isDown(edge))
      .flatMap((edge) => [
        ...(childOf(edge) === name ? edge.child_columns : []),
        ...(parentOf(edge) === name ? edge.parent_columns : []),
      ]);
    return [...new Set([...(table.key ?? []), ...inEdges])];
  }

  #isUp(edge: Edge): boolean {
    return this.#follow.parents && !own(this.#follow.edges, edge.constraint)?.skip;
  }

  #isDown(edge: Edge): boolean {
    const { children, edges } = this.#follow;
    if (own(edges, edge.constraint)?.skip) return false;
    if (typeof children === 'boolean') return children;
    return namesOf(edge).some((name) => children.includes(name));
  }

  #withinLimit(where: string, rows: readonly Key[], limit: number): readonly Key[] {
    if (rows.length <= limit) return rows;
    this.cuts.push({ where, reason: `more than ${limit.toLocaleString('en-US')} rows; the first by key were taken` });
    return rows.slice(0, limit);
  }

  #left(): number {
    return this.#meter.budget.rows - [...this.chosen.values()].reduce((sum, rows) => sum + rows.size, 0);
  }

  #requireRoom(more: number): void {
    if (this.#left() < more) throw this.#meter.outOf('rows');
  }
}
