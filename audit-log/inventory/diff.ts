import { canonicalJson } from '../../ops/evidence.ts';
import { structureOf, type Audit } from './document.ts';
import type { Fact, Structure } from './structure.ts';

/** One difference between two audits, in words and as values. */
export interface Difference {
  /** `table`, `column`, `index`, `constraint` … */
  readonly kind: string;
  readonly object: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** What is different, field by field; empty for what was added or removed. */
  readonly fields: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
}

export interface RowDifference {
  readonly table: string;
  readonly before: number | null;
  readonly after: number | null;
  /** False when either count is not exact: the difference may then be the estimate's. */
  readonly certain: boolean;
}

export interface AuditDiff {
  readonly before: { readonly audit_timestamp: string; readonly structure_sha256: string };
  readonly after: { readonly audit_timestamp: string; readonly structure_sha256: string };
  readonly structure: readonly Difference[];
  readonly rows: readonly RowDifference[];
  readonly coverage: readonly { readonly field: string; readonly before: string; readonly after: string }[];
  /** Objects that one of the audits could not look at: nothing is said about them. */
  readonly not_compared: readonly string[];
}

/** Structure, rows and coverage between two audits. What one of them did not see is not called removed. */
export function diffAudits(before: Audit, after: Audit): AuditDiff {
  const unseen = new Set(
    [...before.unseen, ...after.unseen].filter(({ what }) => isStructural(what)).map(({ object }) => object),
  );
  return {
    before: { audit_timestamp: before.audit_timestamp, structure_sha256: before.structure_sha256 },
    after: { audit_timestamp: after.audit_timestamp, structure_sha256: after.structure_sha256 },
    structure:
      before.structure_sha256 === after.structure_sha256
        ? []
        : diffFacts(factsOf(structureOf(before), unseen), factsOf(structureOf(after), unseen)),
    rows: diffRows(before, after),
    coverage: diffCoverage(before, after),
    not_compared: [...unseen].sort(),
  };
}

/** What the reader leaves out of rows, authors and samples is no structure. */
function isStructural(what: string): boolean {
  return ['columns', 'indexes', 'constraints', 'triggers', 'policies', 'grants', 'views', 'partitions'].includes(what);
}

interface NamedFact {
  readonly kind: string;
  readonly object: string;
  readonly fact: Fact;
}

/** Which fields name a fact, per list of the structure. */
const identities: Record<Exclude<keyof Structure, 'tables'>, [kind: string, fields: readonly string[]]> = {
  partitions: ['partition', ['schema', 'table']],
  indexes: ['index', ['schema', 'table', 'index']],
  constraints: ['constraint', ['schema', 'table', 'constraint']],
  triggers: ['trigger', ['schema', 'table', 'name']],
  policies: ['policy', ['schema', 'table', 'policy']],
  grants: ['grant', ['schema', 'table', 'column_name', 'grantee']],
  views: ['view definition', ['schema', 'view']],
  functions: ['function', ['schema', 'name', 'arguments']],
  sequences: ['sequence', ['schema', 'sequence']],
  enums: ['enum', ['schema', 'enum']],
  extensions: ['extension', ['extension']],
  settings: ['settings', ['role', 'this_database_only']],
};

function factsOf(structure: Structure, unseen: ReadonlySet<string>): Map<string, NamedFact> {
  const facts = new Map<string, NamedFact>();
  const add = (kind: string, object: string, fact: Fact) =>
    facts.set(JSON.stringify([kind, object]), { kind, object, fact });
  for (const { columns, ...table } of structure.tables) {
    const name = `${table.schema}.${table.table}`;
    if (unseen.has(name)) continue;
    add(table.kind, name, table);
    columns.forEach((column, position) =>
      add('column', `${name}.${column.column_name}`, { ...column, position: position + 1 }),
    );
  }
  for (const [list, [kind, fields]] of Object.entries(identities)) {
    for (const fact of structure[list as keyof typeof identities] as readonly Fact[]) {
      if (unseen.has(`${fact['schema']}.${fact['table'] ?? fact['view']}`)) continue;
      add(kind, fields.flatMap((field) => fact[field] ?? []).join('.'), fact);
    }
  }
  return facts;
}

function diffFacts(before: Map<string, NamedFact>, after: Map<string, NamedFact>): Difference[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.flatMap((key): Difference[] => {
    const [was, is] = [before.get(key), after.get(key)];
    const { kind, object } = (is ?? was)!;
    if (!was || !is) return [{ kind, object, change: was ? 'removed' : 'added', fields: [] }];
    const fields = changedFields(was.fact, is.fact);
    return fields.length > 0 ? [{ kind, object, change: 'changed', fields }] : [];
  });
}

function changedFields(before: Fact, after: Fact): Difference['fields'] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .filter((field) => canonicalJson(before[field] ?? null) !== canonicalJson(after[field] ?? null))
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }));
}

function diffRows(before: Audit, after: Audit): RowDifference[] {
  const was = new Map(before.tables.map((table) => [`${table.schema}.${table.table}`, table]));
  return after.tables.flatMap((table) => {
    const name = `${table.schema}.${table.table}`;
    const earlier = was.get(name);
    if (!earlier || earlier.record_count === table.record_count) return [];
    const certain = earlier.row_count?.method === 'exact' && table.row_count?.method === 'exact';
    return [{ table: name, before: earlier.record_count, after: table.record_count, certain }];
  });
}

function diffCoverage(before: Audit, after: Audit): AuditDiff['coverage'] {
  const share = ({ audit_coverage: coverage }: Audit, field: 'with_all_four' | 'with_audit_trigger') =>
    `${coverage[field]} of ${coverage.tables} tables`;
  return (['with_all_four', 'with_audit_trigger'] as const)
    .map((field) => ({ field, before: share(before, field), after: share(after, field) }))
    .filter((one) => one.before !== one.after);
}
