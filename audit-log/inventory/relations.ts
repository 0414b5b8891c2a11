import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, type Session, type SqlFile } from '../../ops/postgres/index.ts';

/** A relation as tables.sql shows it to every role: needs no lock and no right. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly kind: 'table' | 'partitioned table' | 'view' | 'materialised view' | 'foreign table';
  readonly is_partition: boolean;
  readonly owner: string;
  readonly has_indexes: boolean;
  readonly has_rules: boolean;
  readonly has_triggers: boolean;
  readonly row_security: boolean;
  readonly row_security_forced: boolean;
  readonly unlogged: boolean;
  readonly comment: string | null;
  readonly parent_schema: string | null;
  readonly parent_table: string | null;
  readonly root_oid: number | null;
  /** -1 when nobody ever analysed it. */
  readonly statistics_rows: number;
  readonly statistics_pages: number;
  readonly analyzed_at: string | null;
  readonly may_read: boolean;
  readonly rows_hidden: boolean;
}

/** `schema.table`, as people read it and as two runs find the same table again. */
export function nameOf({ schema, table }: { readonly schema: string; readonly table: string }): string {
  return `${schema}.${table}`;
}

/** One of the files in ops/sql/inventory. */
export function catalogQuery(name: string): Promise<SqlFile> {
  return readSqlFile(builtinRoot, join(builtinSql, 'inventory', `${name}.sql`));
}

/** @param schemas those to look at; null for all but the system's */
export async function readRelations(session: Session, schemas: readonly string[] | null): Promise<Relation[]> {
  const { rows } = await runStatement<Relation>(session, await catalogQuery('tables'), { values: [schemas] });
  return rows;
}
