import { styleText } from 'node:util';
import type {
  Audit,
  AuditDiff,
  AuditedTable,
  Difference,
  RowDifference,
  Written,
} from '../../audit-log/inventory/index.ts';
import { counted } from '../../ops/counted.ts';

/** More than this, and the summary has left the screen. */
const tablesShown = 15;
const unseenShown = 10;

/** An audit for a person: the summary, the largest tables, what does not fit together, and what was not seen. */
export function auditText(audit: Audit, written: Written | undefined): string {
  return [
    ...heading(audit),
    '',
    ...largest(audit.tables),
    ...versioning(audit),
    ...seeds(audit),
    ...unseen(audit),
    ...files(written),
    '',
  ].join('\n');
}

function heading({ database_info: database, summary, structure_sha256, audit_coverage: coverage, duration_ms }: Audit) {
  const { exact, sampled, statistics, unknown } = summary.tables_counted;
  return [
    `${styleText('bold', database.database_name)} as ${database.current_user}, Postgres ${database.server_version}`,
    `structure ${structure_sha256}`,
    [
      counted(summary.total_tables, 'table'),
      counted(summary.columns, 'column'),
      counted(summary.indexes, 'index', 'indexes'),
      counted(summary.foreign_keys, 'foreign key'),
      counted(summary.check_constraints, 'check'),
      counted(summary.triggers, 'trigger'),
      counted(summary.views, 'view'),
      counted(summary.functions, 'function'),
    ].join(', '),
    `${number(summary.total_records)} rows known: ${exact} tables counted, ${sampled} sampled, ${statistics} from statistics, ${unknown} unknown`,
    `audit fields: all four in ${coverage.with_all_four} of ${coverage.tables} tables, filled by a trigger in ${coverage.with_audit_trigger}`,
    `read in ${duration_ms} ms, in one read-only snapshot`,
  ];
}

function largest(tables: readonly AuditedTable[]): string[] {
  const counted = tables.filter(({ row_count }) => row_count !== null);
  const shown = counted.toSorted((a, b) => (b.record_count ?? -1) - (a.record_count ?? -1)).slice(0, tablesShown);
  const width = Math.max(0, ...shown.map(({ schema, table }) => schema.length + table.length + 1));
  const rest = counted.length - shown.length;
  return [
    ...shown.map((table) => `${`${table.schema}.${table.table}`.padEnd(width)}  ${rowsOf(table)}`),
    ...(rest > 0 ? [styleText('dim', `and ${rest} tables with fewer rows`)] : []),
  ];
}

function rowsOf({ row_count: count }: AuditedTable): string {
  if (!count || count.value === null) return styleText('yellow', `unknown: ${count?.reason}`);
  const value = number(count.value).padStart(13);
  if (count.method === 'exact') return value;
  const error = count.error === null ? 'as of its last analyze' : `± ${number(count.error)}`;
  return `${value}  ${styleText('yellow', `${count.method}, ${error}: ${count.reason}`)}`;
}

function versioning({ versioning_system: system }: Audit): string[] {
  const problems = Object.entries(system.validation).flatMap(([what, names]) =>
    names && names.length > 0 ? [`${what.replaceAll('_', ' ')}: ${names.join(', ')}`] : [],
  );
  const there = Object.entries(system.versioning_tables_exist).filter(([, { exists }]) => exists);
  if (there.length === 0) return [];
  return [
    '',
    `versioning: ${there.map(([name, { count }]) => `${name} ${count ?? 'not counted'}`).join(', ')}`,
    ...problems,
  ];
}

function seeds({ seed_progress: progress }: Audit): string[] {
  if (!progress) return [];
  const lines = progress.tables
    .filter(({ status }) => status !== 'loaded')
    .map(({ table, status, expected, detail }) => `  ${status.padEnd(10)} ${table}, expected ${expected}: ${detail}`);
  const loaded = progress.tables.length - lines.length;
  return ['', `seeds ${progress.verdict}: ${loaded} of ${progress.tables.length} loaded`, ...lines];
}

function unseen({ unseen: list }: Audit): string[] {
  if (list.length === 0) return [];
  const shown = list.slice(0, unseenShown).map(({ object, what, reason }) => `  ${object}: ${what}: ${reason}`);
  const rest = list.length - shown.length;
  return ['', styleText('yellow', 'not seen:'), ...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

function files(written: Written | undefined): string[] {
  return written ? ['', ...Object.values(written).map(String)] : [];
}

/** The differences of two audits in words. */
export function diffText(diff: AuditDiff): string {
  const lines = [
    ...diff.structure.map(differenceLine),
    ...diff.rows.map(rowLine),
    ...diff.coverage.map(({ field, before, after }) => `${field.replaceAll('_', ' ')}: ${before} -> ${after}`),
    ...diff.not_compared.map((object) => `${object} could not be looked at in one of them`),
  ];
  return `${lines.length > 0 ? lines.join('\n') : `No difference: structure ${diff.after.structure_sha256}.`}\n`;
}

function differenceLine({ kind, object, change, fields }: Difference): string {
  const marks = { added: '+', removed: '-', changed: '~' };
  const details = fields.map(({ field, before, after }) => `    ${field}: ${value(before)} -> ${value(after)}`);
  return [`${marks[change]} ${kind} ${object}`, ...details].join('\n');
}

function rowLine({ table, before, after, certain }: RowDifference): string {
  const difference = before === null || after === null ? '' : ` (${signed(after - before)})`;
  return `# ${table}: ${before ?? 'unknown'} -> ${after ?? 'unknown'} rows${difference}${certain ? '' : ', not both exact'}`;
}

function value(given: unknown): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

function signed(amount: number): string {
  return amount > 0 ? `+${amount}` : String(amount);
}

function number(amount: number): string {
  return amount.toLocaleString('en-US');
}
