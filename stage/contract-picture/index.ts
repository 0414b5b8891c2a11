import type { Config } from '../../ops/config/index.ts';
import { markup } from '../markup.ts';
import { cellText, contractGrid, type ContractGrid } from './cells.ts';

export { contractGrid } from './cells.ts';

export const contractForms = ['table', 'markdown', 'mermaid', 'svg'] as const;
export type ContractForm = (typeof contractForms)[number];

export const contractLegend =
  'In brackets: on some tables, columns, views or functions only. What is not written is refused.';

/** The contract for people to look at: a table for the terminal or a document, a diagram, a picture. */
export function contractPicture(config: Config, form: ContractForm): string {
  return forms[form](contractGrid(config));
}

const forms: Record<ContractForm, (grid: ContractGrid) => string> = {
  table: asTable,
  markdown: asMarkdown,
  mermaid: asMermaid,
  svg: asSvg,
};

function rowsOf({ roles, schemas, cells }: ContractGrid): string[][] {
  const textAt = (role: string, schema: string) => {
    const cell = cells.find((known) => known.role === role && known.schema === schema);
    return cell ? cellText(cell) : '·';
  };
  return [['role', ...schemas], ...roles.map((role) => [role, ...schemas.map((schema) => textAt(role, schema))])];
}

function widthsOf(rows: readonly string[][]): number[] {
  return rows[0]!.map((_header, column) => Math.max(...rows.map((row) => row[column]!.length)));
}

function asTable(grid: ContractGrid): string {
  const rows = rowsOf(grid);
  const widths = widthsOf(rows);
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n\n${contractLegend}\n`;
}

function asMarkdown(grid: ContractGrid): string {
  const [head = [], ...rows] = rowsOf(grid);
  const lineOf = (row: readonly string[]) => `| ${row.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[lineOf(head), lineOf(head.map(() => '---')), ...rows.map(lineOf)].join('\n')}\n\n${contractLegend}\n`;
}

/** Names are labels, not ids: a role may be called `end` or "Web Shop". */
function asMermaid({ roles, schemas, cells }: ContractGrid): string {
  const quote = (text: string) => `"${text.replaceAll('"', '#quot;')}"`;
  return [
    'flowchart LR',
    ...roles.map((role, index) => `    role${index}([${quote(role)}])`),
    ...schemas.map((schema, index) => `    schema${index}[(${quote(schema)})]`),
    ...cells.map((cell) => {
      const ends = [`role${roles.indexOf(cell.role)}`, `schema${schemas.indexOf(cell.schema)}`];
      return `    ${ends[0]} -->|${quote(cellText(cell))}| ${ends[1]}`;
    }),
    '',
  ].join('\n');
}

const rowHeight = 26;
const letterWidth = 7.4;
const gap = 24;

/** Takes the colour of the text around it, so that it fits a light page and a dark one. */
function asSvg(grid: ContractGrid): string {
  const rows = rowsOf(grid);
  const widths = widthsOf(rows).map((letters) => Math.round(letters * letterWidth) + gap);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const leftOf = (column: number) => widths.slice(0, column).reduce((sum, width) => sum + width, gap / 2);
  const texts = rows.flatMap((row, line) =>
    row.map((text, column) => {
      const isHead = line === 0 || column === 0;
      const look = markup`font-weight="${isHead ? 600 : 400}" opacity="${text === '·' ? 0.4 : 1}"`;
      return markup`<text x="${leftOf(column)}" y="${line * rowHeight + 18}" ${look}>${text}</text>\n`;
    }),
  );
  const lines = rows.slice(1).map((_row, line) => {
    const y = (line + 1) * rowHeight;
    return markup`<line x1="0" x2="${total}" y1="${y}" y2="${y}" stroke="currentColor" opacity="0.2"/>\n`;
  });
  const height = rows.length * rowHeight;
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total} ${height}" width="${total}" height="${height}" role="img" aria-label="Who may do what" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12" fill="currentColor">
<title>Who may do what. ${contractLegend}</title>
${lines}${texts}</svg>
`.text;
}
