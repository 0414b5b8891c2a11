import { markup, type Markup } from '../../../ops/page/index.ts';
import type { Audit, AuditedTable } from '../document.ts';
import { nameOf } from '../relations.ts';
import type { Constraint, Index, Trigger } from '../structure.ts';
import { bytes, meter, number } from './values.ts';

interface Parts {
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly Index[];
  readonly triggers: readonly Trigger[];
}

/** Every table with its rows, size and audit fields; columns and keys behind its name. */
export function tableList(audit: Audit, anchors: ReadonlyMap<string, string>): Markup {
  const { constraints, indexes, triggers } = audit.structure;
  const [constraintsOf, indexesOf, triggersOf] = [byTable(constraints), byTable(indexes), byTable(triggers)];
  const largest = Math.max(1, ...audit.tables.map(({ total_bytes: size }) => size ?? 0));
  const rows = audit.tables.map((table) => {
    const name = nameOf(table);
    const parts = {
      constraints: constraintsOf.get(name) ?? [],
      indexes: indexesOf.get(name) ?? [],
      triggers: triggersOf.get(name) ?? [],
    };
    return rowMarkup(table, parts, anchors.get(name)!, largest);
  });
  return markup`<p><input class="search" type="search" hidden data-table="tables" placeholder="Search tables, columns, types, owners" aria-label="Search tables"> <span class="soft small"></span></p>
<table id="tables" class="dense"><thead><tr><th>table</th><th class="number sortable">rows</th><th class="number sortable">columns</th><th class="number sortable">size</th><th></th><th>audit fields</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

function byTable<T extends { readonly schema: string; readonly table: string }>(all: readonly T[]): Map<string, T[]> {
  return Map.groupBy(all, nameOf);
}

function rowMarkup(table: AuditedTable, parts: Parts, anchor: string, largest: number): Markup {
  const { total_bytes: size, column_count: columns, record_count: records } = table;
  return markup`<tr id="${anchor}"><td><details><summary>${nameOf(table)}</summary>${detailsOf(table, parts)}</details></td>
<td class="number" data-value="${records ?? -1}">${rowCount(table)}</td><td class="number" data-value="${columns}">${columns}</td>
<td class="number" data-value="${size ?? -1}">${size === null ? '' : bytes(size)}</td><td>${size === null ? null : meter(size, largest)}</td><td>${fieldsOf(table)}</td></tr>\n`;
}

/** What is not exact says so; what nobody knows is no number. */
function rowCount({ row_count: count }: AuditedTable): Markup | null {
  if (!count) return null;
  if (count.value === null) return markup`<span class="chip unproven" title="${count.reason ?? ''}">unknown</span>`;
  if (count.method === 'exact') return markup`${number(count.value)}`;
  const error = count.error === null ? `as of ${count.as_of ?? 'an unknown time'}` : `± ${number(count.error)}`;
  return markup`<span title="${count.reason ?? ''}">${number(count.value)}</span><div class="soft small">${count.method}, ${error}</div>`;
}

function fieldsOf({ audit_fields: fields }: AuditedTable): Markup | null {
  if (!fields) return null;
  const names = (['created_by', 'created_at', 'updated_by', 'updated_at'] as const).filter(
    (name) => fields[`has_${name}`],
  );
  const who = fields.created_by_values?.length ? `by ${fields.created_by_values.join(', ')}` : '';
  const range = fields.created_at_range
    ? `${day(fields.created_at_range.min)} to ${day(fields.created_at_range.max)}`
    : '';
  const trigger = fields.has_audit_trigger ? 'filled by a trigger' : '';
  return markup`<span class="small">${names.join(', ')}<div class="soft">${[trigger, who, range].filter(Boolean).join('; ')}</div></span>`;
}

function day(time: string): string {
  return time.slice(0, 10);
}

function detailsOf(table: AuditedTable, { constraints, indexes, triggers }: Parts): Markup {
  const { kind, owner, partition_count: partitions, row_security: secured, comment } = table;
  const facts = [
    kind,
    `owned by ${owner}`,
    secured ? 'row-level security' : '',
    partitions > 0 ? `${partitions} partitions` : '',
  ];
  const columns = table.columns.map(
    ({ column_name: name, data_type: type, is_nullable: nullable, column_default: value, comment: said }) =>
      markup`<tr><td><code>${name}</code></td><td>${type}${nullable ? '' : ' not null'}</td><td>${value ? markup`<code>${value}</code>` : said}</td></tr>`,
  );
  return markup`<p class="soft">${facts.filter(Boolean).join(', ')}</p>${comment ? markup`<p>${comment}</p>` : null}<table><tbody>${columns}</tbody></table>
${constraints.map((one) => definition(one.constraint, one.definition))}${indexes.filter((one) => !one.is_primary).map((one) => definition(one.index, one.definition))}${triggers.map((one) => definition(one.name, one.definition))}`;
}

function definition(name: string, text: string): Markup {
  return markup`<p class="soft"><code>${name}</code> <code>${text}</code></p>`;
}
