import type { BoundedResult } from '../../ops/postgres/index.ts';

const boolean = 16;
/** int8, int2, int4, oid, float4, float8 */
const numbers = new Set([20, 21, 23, 26, 700, 701]);

export type Value = string | number | boolean | null;

/** Rows as JSON: numbers and booleans where JSON says exactly the same, everything else as Postgres prints it. */
export function valuesOf({ columns, rows }: Pick<BoundedResult, 'columns' | 'rows'>): Value[][] {
  return rows.map((row) => row.map((text, index) => valueOf(columns[index]!.type, text)));
}

function valueOf(type: number, text: string | null): Value {
  if (text === null) return null;
  if (type === boolean) return text === 't';
  const number = numbers.has(type) ? Number(text) : NaN;
  return Number.isFinite(number) && String(number) === text ? number : text;
}
