import type { ReadOnlyReceipt } from '../../ops/postgres/index.ts';
import type { ExportedTable } from './export.ts';
import type { Budget, StatementReceipt } from './meter.ts';
import type { Edge } from './tables.ts';
import { childOf, parentOf } from './tables.ts';
import type { Closure, Cut } from './traverse.ts';

export const format = 'drydock snapshot 1';

/** The state of the code that made the rows, which a comparison names commits by. */
export interface Source {
  readonly branch: string;
  readonly commit_sha: string;
  readonly commit_timestamp: string;
}

/** Who read, as role.sql shows it. */
export interface Role {
  readonly name: string;
  readonly is_superuser: boolean;
  readonly bypasses_row_security: boolean;
  readonly may_create_roles: boolean;
  readonly may_replicate: boolean;
  readonly may_create_schemas: boolean;
  readonly may_create_temporary_tables: boolean;
  readonly member_of: readonly string[];
  readonly writable_tables: number;
}

/** Where it was read, as server.sql shows it. */
export interface Server {
  readonly database: string;
  readonly version: string;
  readonly position: 'primary' | 'replica';
  readonly lsn: string;
  readonly tls: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** The newest value of a column, and the condition that the next snapshot can start from. */
export interface Watermark {
  readonly table: string;
  readonly column: string;
  readonly file: string;
  readonly value: string | null;
  readonly future_filter: string | null;
}

/** Everything about a snapshot but its rows. */
export interface Manifest extends Source {
  readonly format: typeof format;
  readonly snapshot_generated_at_utc: string;
  readonly expires_at_utc: string;
  readonly plan_sha256: string;
  readonly signals_sha256: string | null;
  readonly server: Server;
  readonly role: Role;
  /** One per session; all of them looked at the same snapshot. */
  readonly receipts: readonly ReadOnlyReceipt[];
  readonly budget: Budget;
  readonly statements: readonly StatementReceipt[];
  readonly tables: readonly (ExportedTable & { readonly first_keys: readonly (readonly (string | null)[])[] })[];
  readonly absent: readonly string[];
  readonly cuts: readonly Cut[];
  readonly closure: readonly Closure[];
  readonly watermark: Watermark | null;
}

/** The manifest as lines that a person or a shell can read. */
export function manifestText(manifest: Manifest): string {
  const { server, watermark } = manifest;
  const [receipt] = manifest.receipts;
  const width = Math.max(...manifest.tables.map(({ file }) => file.length));
  return [
    `branch: ${manifest.branch}`,
    `commit_sha: ${manifest.commit_sha}`,
    `commit_timestamp: ${manifest.commit_timestamp}`,
    `snapshot_generated_at_utc: ${manifest.snapshot_generated_at_utc}`,
    `expires_at_utc: ${manifest.expires_at_utc}`,
    `plan_sha256: ${manifest.plan_sha256}`,
    `server: ${server.database}, Postgres ${server.version}, ${server.position}, TLS ${server.tls}, LSN ${server.lsn}`,
    `role: ${roleLine(manifest.role)}`,
    `snapshot: ${receipt?.snapshot} as of ${receipt?.asOf}, ${manifest.receipts.length} sessions`,
    `writes: none, ${manifest.receipts.length} transactions read only and without a transaction id`,
    '',
    ...manifest.tables.map(
      ({ file, rows, bytes, sha256 }) => `${file.padEnd(width)}  rows=${rows} bytes=${bytes} sha256=${sha256}`,
    ),
    '',
    ...manifest.absent.map((name) => `absent: ${name}`),
    ...manifest.cuts.map(({ where, reason }) => `cut: ${where}: ${reason}`),
    `dangling_references: ${danglingOf(manifest)}`,
    ...(watermark
      ? [
          `max_${watermark.column}: ${watermark.value ?? 'no rows'}`,
          `future_filter: ${watermark.future_filter ?? 'none, because there were no rows'}`,
        ]
      : []),
    '',
  ].join('\n');
}

/** References of the snapshot that point at a row outside it. */
export function danglingOf({ closure }: Pick<Manifest, 'closure'>): number {
  return closure.reduce((sum, { dangling }) => sum + dangling, 0);
}

/** What else than reading the role could have done, in words. */
export function roleLine(role: Role): string {
  const powers = [
    ...(role.is_superuser ? ['superuser'] : []),
    ...(role.bypasses_row_security ? ['bypasses row-level security'] : []),
    ...(role.may_create_schemas ? ['may create schemas'] : []),
    ...(role.may_create_temporary_tables ? ['may create temporary tables'] : []),
    ...(role.writable_tables > 0 ? [`may write to ${role.writable_tables} tables`] : []),
  ];
  return `${role.name}, ${powers.length > 0 ? powers.join(', ') : 'may read only'}`;
}

/** The foreign keys around the tables of a snapshot, tab-separated. */
export function fkMapText(edges: readonly Edge[], tables: ReadonlySet<string>): string {
  const lines = edges
    .filter((edge) => tables.has(childOf(edge)) || tables.has(parentOf(edge)))
    .map((edge) => [
      edge.constraint,
      childOf(edge),
      edge.child_columns.join(','),
      parentOf(edge),
      edge.parent_columns.join(','),
      edge.child_is_indexed ? 'indexed' : 'not indexed',
      edge.is_validated ? 'validated' : 'not validated',
      edge.is_deferrable ? 'deferrable' : 'not deferrable',
    ]);
  const header = [
    'constraint',
    'child',
    'child_columns',
    'parent',
    'parent_columns',
    'child_index',
    'validity',
    'timing',
  ];
  return `${[header, ...lines].map((fields) => fields.map(inTsv).join('\t')).join('\n')}\n`;
}

/** A name may hold anything, a tab as well. */
function inTsv(field: string): string {
  return field.replace(/[\\\t\n\r]/g, (special) => JSON.stringify(special).slice(1, -1));
}
