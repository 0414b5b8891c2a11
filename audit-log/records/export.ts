import { messageOf } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { coldLines, LocalCopies, type ColdFile } from './cold.ts';
import { fields, type ExportEnd, type ExportHeader, type RecordFields } from './proof/index.ts';
import { databaseIdentity, recordQuery } from './queries.ts';

const firstId = '00000000-0000-0000-0000-000000000000';

export interface ExportOrder {
  /** ISO 8601; records from this time … */
  readonly since: string;
  /** … to before this one. */
  readonly until: string;
  /** Of an S3 server that is not Amazon's, for cold files in a bucket. */
  readonly endpoint?: string | undefined;
}

/**
 * Everything that the offline verifier needs of a time, from the database and from cold files: a header, records, an end.
 * @param session in a transaction with one snapshot, so that no record is missed that moves meanwhile
 */
export async function* exportLines(
  session: Session,
  order: ExportOrder,
): AsyncGenerator<ExportHeader | RecordFields | ExportEnd> {
  const { since, until } = order;
  const { transaction } = await session.row<{ transaction: string }>(
    'select pg_snapshot_xmax(pg_current_snapshot())::text as transaction',
  );
  yield { export: 'drydock records', database: await databaseIdentity(session), transaction, since, until };
  let end = 0;
  const unread: { file: string; why: string }[] = [];
  for await (const record of exportedRecords(session, since, until)) {
    end += 1;
    yield record;
  }
  await using copies = await LocalCopies.make(order.endpoint);
  for (const { file, month } of await coldFilesOf(session, order)) {
    const records = await coldRecords(copies, file, order).catch((error) => {
      unread.push({ file, why: `of ${month.slice(0, 7)} cannot be read: ${messageOf(error).split('\n')[0]}` });
      return [];
    });
    end += records.length;
    yield* records;
  }
  yield { end, unread };
}

/** Records of a time that are in the database, by id; each field as text. */
export async function* exportedRecords(session: Session, since: string, until: string): AsyncGenerator<RecordFields> {
  for (let after = firstId; ;) {
    const page = await recordQuery<RecordFields>(session, 'exported', [since, until, after]);
    yield* page;
    if (page.length === 0) return;
    after = page.at(-1)!['id']!;
  }
}

export type ExportedPart = Readonly<Record<'id' | 'created_at' | 'part' | 'key_id' | 'cipher', string>>;

/** Encrypted personal parts of a time that are in the database, by record and part. */
export async function* exportedPersonal(session: Session, since: string, until: string): AsyncGenerator<ExportedPart> {
  for (let [after, part] = [firstId, '']; ;) {
    const page = await recordQuery<ExportedPart>(session, 'exported_personal', [since, until, after, part]);
    yield* page;
    if (page.length === 0) return;
    ({ id: after, part } = page.at(-1)!);
  }
}

async function coldFilesOf(session: Session, { since, until }: ExportOrder): Promise<ColdFile[]> {
  const files = await recordQuery<ColdFile & { removed: boolean }>(session, 'cold_files');
  return files.filter(
    ({ month, removed }) => !removed && Date.parse(month) < Date.parse(until) && endOfMonth(month) > Date.parse(since),
  );
}

async function coldRecords(copies: LocalCopies, file: string, { since, until }: ExportOrder): Promise<RecordFields[]> {
  const { path } = await copies.of(file);
  const lines = (await coldLines(path)).filter(({ kind }) => kind === 'record');
  const within = lines.filter((line) => {
    const at = Date.parse(line['created_at']!.replace(' ', 'T').replace('+00', 'Z'));
    return at >= Date.parse(since) && at < Date.parse(until);
  });
  return within.map((line) => Object.fromEntries(fields.map((name) => [name, line[name] ?? null])));
}

function endOfMonth(month: string): number {
  const first = new Date(month);
  return Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1);
}
