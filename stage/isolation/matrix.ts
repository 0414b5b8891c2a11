import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, type Session } from '../../ops/postgres/index.ts';

/** One cell of the matrix: may this role use this verb on this thing? */
export interface Cell {
  readonly role: string;
  readonly kind: 'table' | 'view' | 'column' | 'sequence' | 'function' | 'schema' | 'database';
  readonly schema: string | null;
  readonly object: string;
  readonly column: string | null;
  readonly verb: string;
  /** What the contract says. */
  readonly expected: boolean;
  /** What the catalog's privilege functions say: the second witness. */
  readonly catalogSays: boolean;
}

/** A thing that can be probed, with what an attempt needs to know about it. */
export interface ProbeObject {
  readonly kind: 'table' | 'view' | 'sequence' | 'function' | 'schema';
  readonly schema: string;
  readonly object: string;
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly key: string | null;
  readonly has_rows: boolean;
  readonly owner: string;
}

/** Reads the expected matrix of some roles over some schemas. `standIn`: a lease, judged by its profile's rights. */
export async function readMatrix(
  session: Session,
  order: { roles: readonly string[]; schemas: readonly string[]; standIn?: { profile: string; database: string } },
): Promise<Cell[]> {
  const values = [order.roles, order.schemas, order.standIn?.profile ?? null, order.standIn?.database ?? null];
  return readQualified<Cell>(session, 'matrix.sql', values);
}

/** Reads what there is to probe in some schemas. */
export async function readObjects(session: Session, schemas: readonly string[]): Promise<ProbeObject[]> {
  return readQualified<ProbeObject>(session, 'objects.sql', [schemas]);
}

/**
 * The server writes types with their schemas only while nothing is on the path, and attempts have nothing on theirs.
 * The planner takes the cells for fewer than they are, and would sort them for a merge: five times the time.
 */
async function readQualified<R>(session: Session, name: string, values: unknown[]): Promise<R[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'isolation', name));
  await session.script("set search_path = ''; set enable_mergejoin = off");
  return (await runStatement<R>(session, file, { values })).rows;
}
