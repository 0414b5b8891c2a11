import { compareValues } from './equal.ts';
import { ruleFor, type CompareRules } from './rules.ts';

export type Values = readonly (string | null)[];

/** A row that changed, came or went, with as much of it as a person reads. */
export interface Example {
  readonly kind: 'changed' | 'added' | 'removed';
  readonly key: Values;
  readonly changes: readonly {
    readonly column: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
}

/** What became of the rows of a table. */
export interface RowChanges {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Rows that differ by no more than is tolerated, or in spelling only. */
  readonly within_tolerance: number;
  /** How many rows changed in each column that changed. */
  readonly matrix: readonly { readonly column: string; readonly rows: number }[];
  readonly examples: readonly Example[];
}

const examplesShown = 5;
const previewLength = 120;

/** Looks at differing rows one by one, and keeps counts and the first examples. */
export class Judge {
  readonly #columns: readonly { readonly name: string; readonly type: string }[];
  readonly #tolerances: readonly (number | undefined)[];
  readonly #counts = { added: 0, removed: 0, changed: 0, within_tolerance: 0 };
  readonly #matrix: number[];
  readonly #examples: Example[] = [];

  constructor(columns: readonly { name: string; type: string }[], table: string, rules: CompareRules) {
    this.#columns = columns;
    this.#tolerances = columns.map(({ name }) => ruleFor(rules.tolerance, table, name));
    this.#matrix = columns.map(() => 0);
  }

  /** @param row its kind, its key, its values before and its values after */
  take(row: Values, keyLength: number): void {
    const kind = row[0] as Example['kind'];
    const key = row.slice(1, 1 + keyLength);
    if (kind !== 'changed') return this.#enter(kind, key, []);
    const [before, after] = [1 + keyLength, 1 + keyLength + this.#columns.length];
    const differing = this.#columns.flatMap(({ type }, at) => {
      const equality = compareValues(type, row[before + at]!, row[after + at]!, this.#tolerances[at]);
      return equality === 'different' ? [at] : [];
    });
    if (differing.length === 0) {
      this.#counts.within_tolerance += 1;
      return;
    }
    for (const at of differing) this.#matrix[at]! += 1;
    const preview = (value: string | null | undefined) => value?.slice(0, previewLength) ?? null;
    const changes = differing.map((at) => ({
      column: this.#columns[at]!.name,
      before: preview(row[before + at]),
      after: preview(row[after + at]),
    }));
    this.#enter(kind, key, changes);
  }

  result(): RowChanges {
    const matrix = this.#columns.map(({ name }, at) => ({ column: name, rows: this.#matrix[at]! }));
    return { ...this.#counts, matrix: matrix.filter(({ rows }) => rows > 0), examples: this.#examples };
  }

  #enter(kind: Example['kind'], key: Values, changes: Example['changes']): void {
    this.#counts[kind] += 1;
    if (this.#examples.filter((one) => one.kind === kind).length < examplesShown)
      this.#examples.push({ kind, key, changes });
  }
}
