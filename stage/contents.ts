import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../ops/builtin.ts';
import { readSqlFile, runStatement, type Session } from '../ops/postgres/index.ts';

/** What the domain tables hold: a row count and a hash over all rows, per table; and where the sequences stand. */
export interface Contents {
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly sha256: string }[];
  readonly sequences: readonly { readonly sequence: string; readonly value: number | null }[];
}

export interface ContentsComparison {
  readonly changedTables: readonly string[];
  /** Sequences do not roll back; those that moved are named, and no table is judged by them. */
  readonly movedSequences: readonly string[];
}

/** Reads the contents of every domain table and sequence, past row-level security, in one snapshot. */
export async function contentsOf(session: Session): Promise<Contents> {
  const folder = join(builtinSql, 'contents');
  const tablesFile = await readSqlFile(builtinRoot, join(folder, 'tables.sql'));
  const sequencesFile = await readSqlFile(builtinRoot, join(folder, 'sequences.sql'));
  return session.transaction(async () => {
    const tables = await runStatement<Contents['tables'][number]>(session, tablesFile);
    const sequences = await runStatement<Contents['sequences'][number]>(session, sequencesFile);
    return { tables: tables.rows, sequences: sequences.rows };
  }, 'begin isolation level repeatable read read only');
}

export function compareContents(before: Contents, after: Contents): ContentsComparison {
  return {
    changedTables: differing(before.tables, after.tables, ({ table }) => table),
    movedSequences: differing(before.sequences, after.sequences, ({ sequence }) => sequence),
  };
}

function differing<T>(before: readonly T[], after: readonly T[], nameOf: (item: T) => string): string[] {
  const texts = (items: readonly T[]) => new Map(items.map((item) => [nameOf(item), JSON.stringify(item)]));
  const [left, right] = [texts(before), texts(after)];
  return [...new Set([...left.keys(), ...right.keys()])].filter((name) => left.get(name) !== right.get(name)).sort();
}
