import type { PlannedTable } from '../../ops/config/index.ts';
import { own } from '../../ops/own.ts';
import { refusal } from './predicate.ts';
import { column, nameOf, type Table } from './tables.ts';

/** A column as it is exported. */
export interface ExportedColumn {
  readonly name: string;
  /** Its type in Postgres; a masked one is text. */
  readonly type: string;
  readonly mask?: 'null' | 'hash';
}

/** Where a session keeps the salt of masked values: a setting, so that it stands in no statement. */
export const saltSetting = 'drydock.mask_salt';

/**
 * The columns of a table to export: those that were named, or all; without a word the ones that identify and link rows.
 * The key is always among them, because nothing could be compared without it.
 * @throws SNAPSHOT_REFUSED for a column that is not there or not readable, and for a masked key
 */
export function exportedColumns(
  table: Table,
  { columns, mask = {} }: Partial<PlannedTable>,
  links: readonly string[],
): ExportedColumn[] {
  const readable = table.columns.filter(({ may_read }) => may_read).map(({ name }) => name);
  const asked = columns === 'all' ? readable : (columns ?? links);
  const names = [...new Set([...(table.key ?? []), ...asked])];
  if (names.length === 0) throw refusal(nameOf(table), 'has no key: say which columns to export');
  for (const name of [...names, ...Object.keys(mask)]) {
    const known = table.columns.find((one) => one.name === name);
    if (!known) throw refusal(`${nameOf(table)}.${name}`, 'is no column');
    if (!known.may_read) throw refusal(`${nameOf(table)}.${name}`, 'may not be read by this role');
  }
  const masked = links.find((name) => own(mask, name));
  if (masked) throw refusal(`${nameOf(table)}.${masked}`, 'identifies or links rows, and cannot be masked');
  return names.map((name) => exported(table, name, own(mask, name)));
}

function exported(table: Table, name: string, mask: 'null' | 'hash' | undefined): ExportedColumn {
  const { type } = table.columns.find((one) => one.name === name)!;
  return mask ? { name, type: 'text', mask } : { name, type };
}

/** A column in a select list. */
export function selected({ name, mask }: ExportedColumn): string {
  if (!mask) return column(name);
  const value = {
    null: 'null::text',
    hash: `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.current_setting('${saltSetting}') || ${column(name)}::text, 'UTF8')), 'hex')`,
  }[mask];
  return `${value} as ${column(name).slice('t.'.length)}`;
}
