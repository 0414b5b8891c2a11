import { keyComparison, type Key, type Table } from './tables.ts';

/** How a table came into a snapshot. */
export type Reach = 'seed' | 'child' | 'parent';

/** The rows chosen of one table: their keys, and the values by which other tables point at them or they at others. */
export class ChosenRows {
  readonly table: Table;
  readonly reach: Reach;
  /** Columns that tell the rows apart. */
  readonly key: readonly string[];
  /** Key columns and all columns of followed references. */
  readonly links: readonly string[];
  readonly #rows = new Map<string, Key>();

  constructor(table: Table, reach: Reach, key: readonly string[], links: readonly string[]) {
    this.table = table;
    this.reach = reach;
    this.key = key;
    this.links = links;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** @param rows values of `links` @returns those that were not chosen yet */
  add(rows: readonly Key[]): Key[] {
    return rows.filter((row) => {
      const id = JSON.stringify(this.valuesOf(row, this.key));
      if (this.#rows.has(id)) return false;
      this.#rows.set(id, row);
      return true;
    });
  }

  all(): Key[] {
    return [...this.#rows.values()];
  }

  /** The keys, in the order in which the server would give them. */
  keys(): Key[] {
    return this.all()
      .map((row) => this.valuesOf(row, this.key))
      .sort(keyComparison(this.table, this.key));
  }

  valuesOf(row: Key, columns: readonly string[]): Key {
    return columns.map((name) => row[this.links.indexOf(name)] ?? null);
  }

  /** The different values of some columns; a null in them points at nothing. */
  references(columns: readonly string[], rows: readonly Key[] = this.all()): Key[] {
    const found = new Map<string, Key>();
    for (const row of rows) {
      const values = this.valuesOf(row, columns);
      if (!values.includes(null)) found.set(JSON.stringify(values), values);
    }
    return [...found.values()];
  }
}
