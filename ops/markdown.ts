/**
 * Renders text that is not ours (names of tables, messages of servers) as Markdown that shows it and does nothing else.
 * What these functions return holds no line break, no HTML, and nothing that starts a block.
 */
import { visible } from './visible.ts';

/** An underscore inside a word is never emphasis, so that `eng_backlog` stays readable in the file itself. */
const emphasis = /(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;

/** What would begin a heading, list, quotation, rule or numbered item at the start of a line. */
const blockStart = /^(?:[-+#=>]|\d+(?=[.)]))/;

/** Text for a table cell, or for the middle of a line. */
export function cell(text: string): string {
  return visible(text)
    .replace(/[\\`*~$[\]|]/g, '\\$&')
    .replace(emphasis, '\\_')
    .replace(/&(?=#?\w+;)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .trim();
}

/** Text for a line of its own, or for the rest of a line after a list mark. */
export function line(text: string): string {
  return cell(text).replace(blockStart, (start) => (/\d/.test(start) ? `${start}\\` : `\\${start}`));
}

/** Text as inline code. */
export function code(text: string): string {
  const isPlain = text !== '' && text === visible(text).trim() && !/[`|<&]/.test(text);
  return isPlain ? `\`${text}\`` : `<code>${cell(text)}</code>`;
}

/** Text of any lines as it is, in a block that nothing in it ends. */
export function fenced(language: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, ...(text.match(/`+/g) ?? []).map(({ length }) => length + 1)));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** A table of plain texts and numbers; `table` itself does the escaping. */
export function table(headers: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [headers, headers.map(() => '---'), ...rows].map(row).join('\n');
}

/** Whether a Markdown text has exactly this row in a table, which no text that went through `cell` or `line` can make. */
export function hasRow(markdown: string, cells: readonly (string | number)[]): boolean {
  return markdown.split('\n').includes(row(cells));
}

/** A task list of plain texts; `checklist` itself does the escaping. */
export function checklist(items: readonly { done: boolean; text: string }[]): string {
  return items.map(({ done, text }) => `- [${done ? 'x' : ' '}] ${line(text)}`).join('\n');
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.map((content) => cell(String(content))).join(' | ')} |`;
}
