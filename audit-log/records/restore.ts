import { DrydockError } from '../../ops/errors.ts';
import { identifier, qualified, type Session } from '../../ops/postgres/index.ts';
import { coldLines, LocalCopies, type ColdLine } from './cold.ts';
import { fields } from './proof/index.ts';

const batch = 10_000;

/**
 * Brings the records of a frozen month back into a schema of their own, to be looked at. The record itself is not touched.
 * @param order.month first day of the month
 * @param order.schema made now; it must not be there
 * @param order.endpoint of an S3 server that is not Amazon's
 * @throws RECORDS_COLD_MISSING, RECORDS_COLD_DIFFERS
 */
export async function restoreMonth(
  session: Session,
  order: { month: string; schema: string; endpoint?: string | undefined },
): Promise<{ table: string; records: number }> {
  const lines = await linesOf(session, order.month, order.endpoint);
  const table = qualified(order.schema, 'audit_events');
  const casts = await castsOf(session);
  const insert = `insert into ${table} (${fields.join(', ')}) select ${casts.join(', ')}
    from jsonb_to_recordset($1) as line (${fields.map((name) => `${name} text`).join(', ')})`;
  await session.transaction(async () => {
    await session.query(`create schema ${identifier(order.schema)}`);
    await session.query(`create table ${table} (like audit.audit_events including comments)`);
    for (let from = 0; from < lines.length; from += batch)
      await session.query(insert, [JSON.stringify(lines.slice(from, from + batch))]);
  });
  return { table, records: lines.length };
}

async function linesOf(session: Session, month: string, endpoint: string | undefined): Promise<ColdLine[]> {
  const { rows } = await session.query<{ file: string; sha256: string }>(
    'select file, sha256 from audit.audit_cold_file where month = $1',
    [month],
  );
  const frozen = rows[0];
  if (!frozen)
    throw new DrydockError('RECORDS_COLD_MISSING', `No file holds the records of ${month.slice(0, 7)}.`, {
      hint: 'They may still be in the database: `drydock records archive --dry-run` lists every month.',
    });
  await using copies = await LocalCopies.make(endpoint);
  const { path, sha256 } = await copies.of(frozen.file);
  if (sha256 !== frozen.sha256)
    throw new DrydockError('RECORDS_COLD_DIFFERS', `${frozen.file} is not the file that was frozen.`, {
      hint: 'Fetch its copy; its sha256 is in audit.audit_cold_file.',
    });
  return (await coldLines(path)).filter(({ kind }) => kind === 'record');
}

/** Each field from its text, as the column's type. */
async function castsOf(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ name: string; type: string }>(
    `select attname as name, pg_catalog.format_type(atttypid, atttypmod) as type from pg_catalog.pg_attribute
     where attrelid = 'audit.audit_events'::regclass and attnum > 0`,
  );
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  return fields.map((name) => (types.get(name) === 'bytea' ? `decode(${name}, 'hex')` : `${name}::${types.get(name)}`));
}
