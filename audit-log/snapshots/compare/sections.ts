import type { ComparedDatabase, Comparison } from './comparison.ts';
import type { SignalComparison, SignalDelta } from './signals.ts';

/** A table of texts under a heading: what Markdown and HTML both show. */
export interface Section {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Said where there are no rows. */
  readonly none: string;
}

/** The comparison as sections, in the order in which somebody asks. */
export function sectionsOf(comparison: Comparison): Section[] {
  const { before, after, tables, signals, commits } = comparison;
  return [
    {
      title: 'Rows by table',
      head: ['table', 'key', 'before', 'after', 'delta', 'added', 'removed', 'changed', 'tolerated'],
      rows: tables.map(({ table, key, rows, changes, not_compared }) => [
        table,
        key ? `${key.columns.join(', ')} (${key.from})` : '',
        text(rows.before),
        text(rows.after),
        signed(rows.delta),
        ...(changes
          ? [changes.added, changes.removed, changes.changed, changes.within_tolerance].map(String)
          : [`not compared: ${not_compared}`, '', '', '']),
      ]),
      none: 'No table is in either snapshot.',
    },
    ...(signals ? signalSections(signals) : []),
    {
      title: 'Changed columns',
      head: ['table', 'column', 'rows'],
      rows: tables.flatMap(({ table, changes, columns }) => [
        ...(changes?.matrix ?? []).map(({ column, rows }) => [table, column, String(rows)]),
        ...columns.added.map((column) => [table, column, 'added']),
        ...columns.removed.map((column) => [table, column, 'removed']),
      ]),
      none: 'No value changed.',
    },
    {
      title: 'Examples',
      head: ['table', 'row', 'what', 'column', 'before', 'after'],
      rows: tables.flatMap(({ table, changes }) =>
        (changes?.examples ?? []).flatMap(({ key, kind, changes: cells }) => {
          const row = key.map((value) => value ?? 'NULL').join('/');
          if (cells.length === 0) return [[table, row, kind, '', '', '']];
          return cells.map(({ column, before, after }) => [
            table,
            row,
            kind,
            column,
            before ?? 'NULL',
            after ?? 'NULL',
          ]);
        }),
      ),
      none: 'No row changed.',
    },
    ...(commits ? [commitSection(commits)] : []),
    ...('statements' in before ? [receiptSection('Read in the database before', before)] : []),
    ...('statements' in after ? [receiptSection('Read in the database after', after)] : []),
  ];
}

function commitSection(commits: readonly string[]): Section {
  return {
    title: 'Candidate commits',
    head: ['commit'],
    rows: commits.map((line) => [line]),
    none: 'Git names no commit between them.',
  };
}

/** Every statement that read rows, as the receipt of a snapshot has it. */
function receiptSection(title: string, { statements }: ComparedDatabase): Section {
  return {
    title,
    head: ['what', 'messages', 'rows', 'bytes', 'ms', 'highest cost'],
    rows: statements.map(({ what, messages, rows, bytes, ms, cost }) => [
      what,
      ...[messages, rows, bytes, ms, cost].map(String),
    ]),
    none: 'Nothing was read.',
  };
}

function signalSections({ strict, changed }: SignalComparison): Section[] {
  return [
    signalSection('Signals, by the definitions of the snapshot before', strict),
    ...(changed ? [signalSection('Signals, by the changed definitions', changed)] : []),
    incidence('Fallback incidence', strict, 'fallback'),
    incidence('Empty-result incidence', strict, 'empty-result'),
  ];
}

function signalSection(title: string, deltas: readonly SignalDelta[]): Section {
  return {
    title,
    head: ['signal', 'type', 'table', 'before', 'after', 'delta'],
    rows: deltas.map(({ id, type, table, before, after, delta }) => [
      id,
      type,
      table,
      text(before),
      text(after),
      signed(delta),
    ]),
    none: 'No signal is defined.',
  };
}

function incidence(title: string, deltas: readonly SignalDelta[], kind: SignalDelta['incidence']): Section {
  return {
    title,
    head: ['signal', 'before', 'after', 'share before', 'share after'],
    rows: deltas
      .filter((delta) => delta.incidence === kind)
      .map(({ id, before, after, share_before, share_after }) => [
        id,
        text(before),
        text(after),
        share(share_before),
        share(share_after),
      ]),
    none: `No signal is defined as ${kind}, so nothing is known about it.`,
  };
}

function text(value: number | null): string {
  return value === null ? 'unknown' : String(value);
}

function signed(value: number | null): string {
  if (value === null) return 'unknown';
  return value > 0 ? `+${value}` : String(value);
}

function share(value: number | null): string {
  return value === null ? 'unknown' : `${(value * 100).toFixed(2)} %`;
}
