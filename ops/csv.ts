import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

/**
 * Rows as CSV with a header line.
 * A value that a spreadsheet would run as a formula (`=cmd…`, `+`, `-`, `@`) gets a leading quote, as OWASP advises; numbers stay.
 */
export function csvOf(rows: readonly object[], columns: readonly string[]): string {
  return stringify([...rows], { header: true, columns: [...columns], escape_formulas: true });
}

/** The rows of a CSV text, by its header line. */
export function rowsOfCsv(text: string | Buffer): Record<string, string>[] {
  return parse(text, { columns: true, bom: true, skip_empty_lines: true });
}
