import { filledIn, qualified, runStatement } from '../../ops/postgres/index.ts';
import { catalogQuery, type Relation } from './relations.ts';
import type { SparingReader } from './spare.ts';

export type Row = Readonly<Record<string, unknown>>;

/** The first rows of a table as JSON values; null when the table could not be read, which the reader then has noted. */
export async function readRows(
  reader: SparingReader,
  relation: Relation,
  what: string,
  limit: number,
): Promise<Row[] | null> {
  const file = await catalogQuery('rows');
  const sent = filledIn({ text: file.text, start: 0 }, ':source', qualified(relation.schema, relation.table));
  let read = false;
  const rows = await reader.read(what, [relation], async () => {
    const result = await runStatement<{ row: Row }>(reader.session, file, { sent, values: [limit] });
    read = true;
    return result.rows;
  });
  return read ? rows.map(({ row }) => row) : null;
}
