import { own } from '../../ops/own.ts';
import { literal } from '../../ops/postgres/index.ts';

/** A column of a table that is to be filled. */
export interface Column {
  readonly name: string;
  /** As it stands in SQL, with its length. */
  readonly type: string;
  /** The type beneath its domains. */
  readonly base: string;
  /** Postgres's letter for the family of the type: N numbers, S strings, D dates … */
  readonly category: string;
  /** What a range is a range of. */
  readonly subtype: string | null;
  readonly required: boolean;
  readonly generated: string | null;
  readonly numbered: boolean;
  readonly default: string | null;
  readonly labels: readonly string[];
  /** Whether it is part of a unique key. */
  readonly keyed: boolean;
}

/** Large and prime: multiples of it visit every remainder, in an order that looks like none. */
const stride = 2_654_435_761;

/** A number from 0 below `count` for row `i`, spread evenly; another salt makes another order. */
function spread(count: number | string, salt: number): string {
  return `((i * ${stride} + ${salt}) / 65536 % ${count})`;
}

/** The same, but no number twice before each came once. */
export function visiting(count: number, place: string): string {
  return `(${place} * ${stride} % ${count})`;
}

/**
 * Expressions over the row number `i` that may suit a column, the likeliest first. Which one does, the database is asked.
 * @param constants what the checks of the column compare it with
 */
export function valuesFor(column: Column, constants: readonly string[], salt: number): string[] {
  const { base, category, labels, default: initial } = column;
  const some = labels.length > 0 ? labels : constants;
  const listed = some.length > 0 ? [oneOf(some, salt)] : [];
  const initials = initial === null ? [] : [initial];
  const made = (own(byType, base) ?? own(byCategory, category))?.(column, salt) ?? [];
  // a check that names numbers or dates names bounds, one that names texts lists them
  if (category === 'N' || category === 'D') return [...within(constants, salt), ...made, ...listed, ...initials];
  // a text or a document with a default mostly has it; a key tells rows apart
  const isPlain = !column.keyed && base !== 'uuid';
  return [...listed, ...(isPlain ? [...initials, ...made] : [...made, ...initials])];
}

type Values = (column: Column, salt: number) => string[];

const texts: Values = ({ name }) => [
  `${literal(`${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-`)} || i`,
  `'a' || i`,
  `'A' || i`,
  'md5(i::text)',
  'i::text',
  `'user' || i || '@example.org'`,
  `'https://example.org/' || i`,
  `'+1555' || lpad(i::text, 7, '0')`,
  `to_char(date '2026-01-01' + (i % 365)::integer, 'YYYY-MM-DD')`,
  `chr(65 + (i % 26)::integer)`,
];

const numbers: Values = (_column, salt) => ['i', '1 + i % 30000', spread(100, salt), `1 + ${spread(9, salt)}`, '0'];
const dates: Values = (_column, salt) => [
  `timestamptz '2026-01-01 00:00:00+00' + i * interval '1 minute'`,
  `date '2026-01-01' + ${spread(365, salt)}::integer`,
];

/** By the name of the type. */
const byType: Record<string, Values> = {
  uuid: ({ name }, salt) => [`md5(${literal(`${name} ${salt} `)} || i)::uuid`],
  date: (_column, salt) => [`date '2026-01-01' + ${spread(365, salt)}::integer`],
  time: () => [`time '00:00' + i * interval '1 second'`],
  json: () => [`jsonb_build_object('n', i)`, `'{}'`, `'[]'`],
  jsonb: () => [`jsonb_build_object('n', i)`, `'{}'`, `'[]'`],
  bytea: () => [`decode(md5(i::text), 'hex')`],
  tsvector: () => [`to_tsvector('simple', 'word' || i)`],
  xml: () => [`'<n>' || i || '</n>'`],
  macaddr: () => [`lpad(to_hex(i), 12, '0')`],
};

/** By the family of the type, for types that are not named above. */
const byCategory: Record<string, Values> = {
  N: numbers,
  S: texts,
  B: (_column, salt) => [`${spread(2, salt)} = 0`],
  D: dates,
  T: () => [`i * interval '1 second'`],
  I: () => [`inet '10.0.0.0' + i`],
  A: () => [`'{}'`],
  R: ({ subtype }) => rangesOf(subtype ?? ''),
  G: () => [`'(' || i || ',' || i || ')'`],
  V: () => [`'0'`],
  U: (column, salt) => texts(column, salt),
};

/** Ranges that do not overlap: some tables exclude those that do. */
function rangesOf(subtype: string): string[] {
  const day = (offset: number) => `to_char(date '2026-01-01' + (i * 2 + ${offset})::integer, 'YYYY-MM-DD')`;
  const bounds = ['date', 'timestamp', 'timestamptz'].includes(subtype) ? [day(0), day(1)] : ['i * 2', 'i * 2 + 1'];
  return [`'[' || ${bounds[0]} || ',' || ${bounds[1]} || ')'`, `'empty'`];
}

function oneOf(values: readonly string[], salt: number): string {
  return `(array[${values.map(literal).join(', ')}])[1 + ${spread(values.length, salt)}]`;
}

/** Whole numbers from the least to the greatest that a check names. */
function within(constants: readonly string[], salt: number): string[] {
  const numbers = constants.map(Number).filter(Number.isFinite);
  const [low, high] = [Math.ceil(Math.min(...numbers)), Math.floor(Math.max(...numbers))];
  if (numbers.length < 2 || high <= low) return [];
  return [`${low} + ${spread(high - low + 1, salt)}`];
}
