import { markup, type Markup } from '../../../ops/page/index.ts';
import type { Audit, AuditedTable } from '../document.ts';
import { nameOf } from '../relations.ts';
import type { Constraint } from '../structure.ts';
import { layOut, type Point } from './layout.ts';

/** More boxes than this, and nobody finds anything in the picture: the tables with most keys are drawn. */
const mostTables = 60;
const mostColumns = 12;

const lineHeight = 18;
const letterWidth = 7.3;
const mostLetters = 42;

interface Drawn {
  readonly table: AuditedTable;
  readonly lines: readonly string[];
  readonly width: number;
  readonly height: number;
}

/** The tables of one schema and the foreign keys among them; null where no two hang together. */
export function diagramOf(schema: string, audit: Audit, anchors: ReadonlyMap<string, string>): Markup | null {
  const keys = audit.structure.constraints.filter(
    ({ type, schema: from, ref_schema: to }) => type === 'f' && from === schema && to === schema,
  );
  const ends = keys.flatMap((key) => [nameOf(key), targetOf(key)]);
  const degrees = new Map([...Map.groupBy(ends, (name) => name)].map(([name, found]) => [name, found.length]));
  const connected = audit.tables
    .filter((table) => degrees.has(nameOf(table)))
    .toSorted((a, b) => degrees.get(nameOf(b))! - degrees.get(nameOf(a))!);
  if (connected.length === 0) return null;
  const drawn = connected.slice(0, mostTables).map((table) => boxOf(table, audit.structure.constraints));
  const shown = new Set(drawn.map(({ table }) => nameOf(table)));
  const left = connected.length - drawn.length;
  const note = left > 0 ? markup`<p class="soft small">${left} tables with fewer keys are not drawn.</p>` : null;
  return markup`<div class="wide">${svgOf(
    schema,
    drawn,
    keys.filter((key) => shown.has(nameOf(key)) && shown.has(targetOf(key))),
    anchors,
  )}</div>${note}`;
}

function targetOf({ ref_schema, ref_table }: Constraint): string {
  return `${ref_schema}.${ref_table}`;
}

/** Key columns come first; the others as far as there is room. */
function boxOf(table: AuditedTable, constraints: readonly Constraint[]): Drawn {
  const own = constraints.filter((one) => nameOf(one) === nameOf(table));
  const columnsOf = (type: string) =>
    new Set(own.filter((one) => one.type === type).flatMap((one) => one.columns ?? []));
  const [primary, foreign] = [columnsOf('p'), columnsOf('f')];
  const rank = (name: string) => (primary.has(name) ? 0 : foreign.has(name) ? 1 : 2);
  const columns = table.columns.toSorted((a, b) => rank(a.column_name) - rank(b.column_name));
  const marks = ['# ', '→ ', '  '];
  const lines = columns
    .slice(0, mostColumns)
    .map(({ column_name: name, data_type: type }) => shortened(`${marks[rank(name)]}${name}  ${type}`));
  const left = columns.length - lines.length;
  if (left > 0) lines.push(`  and ${left} more`);
  const letters = Math.max(table.table.length + 2, ...lines.map((line) => line.length));
  return {
    table,
    lines,
    width: Math.min(letters, mostLetters) * letterWidth + 20,
    height: (lines.length + 1) * lineHeight + 14,
  };
}

function shortened(text: string): string {
  return text.length > mostLetters ? `${text.slice(0, mostLetters - 1)}…` : text;
}

function svgOf(
  schema: string,
  drawn: readonly Drawn[],
  keys: readonly Constraint[],
  anchors: ReadonlyMap<string, string>,
): Markup {
  const boxes = drawn.map(({ table, width, height }) => ({ name: nameOf(table), width, height }));
  const between = keys.filter((key) => targetOf(key) !== nameOf(key));
  const lines = between.map((key, index) => ({ name: String(index), from: targetOf(key), to: nameOf(key) }));
  const { view, places, paths } = layOut(boxes, lines);
  return markup`<svg class="er" xmlns="http://www.w3.org/2000/svg" viewBox="${view.left} ${view.top} ${view.width} ${view.height}" width="${view.width}" height="${view.height}" role="img" aria-label="Tables and foreign keys of ${schema}">
${between.map((key, index) => lineMarkup(key, paths.get(String(index))!))}${drawn.map((box) => boxMarkup(box, places.get(nameOf(box.table))!, keys, anchors))}</svg>`;
}

function boxMarkup(
  { table, lines, width, height }: Drawn,
  { x, y }: Point,
  keys: readonly Constraint[],
  anchors: ReadonlyMap<string, string>,
): Markup {
  const [left, top] = [x - width / 2, y - height / 2];
  const texts = lines.map(
    (line, index) =>
      markup`<text x="10" y="${(index + 2) * lineHeight + 2}" xml:space="preserve" class="${line.startsWith(' ') ? 'plain' : 'key'}">${line}</text>`,
  );
  return markup`<a href="#${anchors.get(nameOf(table)) ?? ''}"><g transform="translate(${left.toFixed(1)} ${top.toFixed(1)})"><title>${nameOf(table)}</title>
<rect width="${width}" height="${height}" rx="6"/><line x1="0" x2="${width}" y1="24" y2="24"/>
<text x="10" y="17" class="name">${shortened(table.table)}</text>${texts}${ownKeys(table, width, keys)}</g></a>\n`;
}

/** Keys of a table to itself: a loop at its right edge. */
function ownKeys(table: AuditedTable, width: number, keys: readonly Constraint[]): Markup[] {
  const own = keys.filter((key) => nameOf(key) === nameOf(table) && targetOf(key) === nameOf(table));
  return own.map((key, index) => {
    const [top, bottom] = [lineHeight * (index + 1) + 8, lineHeight * (index + 1) + 26];
    const path = `M${width} ${top} c22 0 22 ${bottom - top} 0 ${bottom - top} m8 -3 l-8 -2 m8 2 l-8 7`;
    return markup`<path d="${path}"><title>${inWords(key)}</title></path>`;
  });
}

/** From the table that is referred to (a bar) to the one that refers to it (a crow's foot). */
function lineMarkup(key: Constraint, points: readonly Point[]): Markup {
  const [start, end] = [points[0]!, points.at(-1)!];
  const foot = `M${at(end, -10, 0)} L${at(end, 0, -5)} M${at(end, -10, 0)} L${at(end, 0, 5)}`;
  const bar = `M${at(start, 5, -5)} L${at(start, 5, 5)}`;
  return markup`<path d="${curve(points)} ${foot} ${bar}"><title>${inWords(key)}</title></path>\n`;
}

/** Through the middles between the points, so that the line bends instead of breaking. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points as [Point, ...Point[]];
  const bends = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1]!;
    return `Q${at(point)} ${at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`;
  });
  return [`M${at(first)}`, ...bends, `L${at(rest.at(-1)!)}`].join(' ');
}

function at({ x, y }: Point, right = 0, down = 0): string {
  return `${(x + right).toFixed(1)} ${(y + down).toFixed(1)}`;
}

function inWords(key: Constraint): string {
  const columns = (names: readonly string[] | null) => names?.join(', ') ?? '';
  return `${key.table} (${columns(key.columns)}) → ${key.ref_table} (${columns(key.ref_columns)}), on delete ${key.delete_rule?.toLowerCase()}`;
}
