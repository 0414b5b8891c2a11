import type { Session } from '../../ops/postgres/index.ts';
import { ColdFiles, type ColdFile } from './cold.ts';
import { Comparison, monthOf, sealedRanges, verifySeals } from './proof/index.ts';
import type { Anchor, Problem, Sealed, SealsReport } from './proof/index.ts';
import { databaseIdentity, packedRecords, recordQuery } from './queries.ts';

export interface VerifyOrder {
  /** A record session. */
  readonly session: Session;
  readonly folder: string;
  /** PEM. */
  readonly publicKey: string;
  /** Checkpoints that were published elsewhere. */
  readonly anchors: readonly Anchor[];
  /** Of an S3 server that is not Amazon's, for cold files in a bucket. */
  readonly endpoint?: string | undefined;
}

export interface VerifyReport {
  readonly verdict: 'go' | 'no-go' | 'unproven';
  readonly checkpoints: number;
  /** Sealed records that were compared with the database and its cold files. */
  readonly records: number;
  /** Records that came after the last checkpoint. */
  readonly unsealed: number;
  readonly head: SealsReport['head'];
  readonly problems: readonly Problem[];
}

const rangeRecords = 50_000;

/**
 * Compares every sealed record with the database and its cold files, and the seals with their signatures, chain and anchors.
 * Nothing sealed is `unproven`, never `go`.
 */
export async function verifyRecords(order: VerifyOrder): Promise<VerifyReport> {
  const { session, folder, publicKey, anchors } = order;
  const seals = verifySeals(folder, publicKey, { anchors });
  const { compared, problems } = await compareAll(order, seals.sizes);
  const found = [
    ...seals.problems,
    ...problems,
    ...(await aboutDatabase(session, seals)),
    ...(await recordQuery<Problem>(session, 'missing_personal')),
  ];
  const { unsealed } = await session.row<{ unsealed: number }>(
    'select count(*) as unsealed from audit.audit_events_all where transaction_id >= $1::xid8',
    [seals.head?.horizon ?? '0'],
  );
  return {
    verdict: found.length > 0 ? 'no-go' : compared > 0 ? 'go' : 'unproven',
    checkpoints: seals.checkpoints,
    records: compared,
    unsealed,
    head: seals.head,
    problems: found,
  };
}

async function compareAll(
  { session, folder, endpoint }: VerifyOrder,
  sizes: ReadonlyMap<string, number>,
): Promise<{ compared: number; problems: Problem[] }> {
  const files = await recordQuery<ColdFile & { removed: boolean }>(session, 'cold_files');
  await using cold = await ColdFiles.open(
    files.filter(({ removed }) => !removed),
    endpoint,
  );
  const comparison = new Comparison(sizes);
  const ranges = sealedRanges(folder, rangeRecords);
  let range = ranges.next();
  let reading = range.done ? undefined : packedRecords(session, range.value.from, range.value.to);
  while (!range.done) {
    const inDatabase = await reading!;
    const next = ranges.next();
    // the server hashes the next range while this one is compared
    reading = next.done ? undefined : packedRecords(session, next.value.from, next.value.to);
    const { from, to, segment } = range.value;
    comparison.range(segment, Buffer.concat([inDatabase, await cold.packed(from, to)]));
    range = next;
  }
  const { problems, missing } = comparison.finish((record) => files.some((file) => file.removed && isOf(file, record)));
  const lost = await lostMonths(session, missing);
  return { compared: comparison.compared, problems: [...cold.problems, ...lost, ...problems] };
}

/** A month of which nothing is left, neither partition nor file, was dropped whole. */
async function lostMonths(session: Session, missing: readonly Sealed[]): Promise<Problem[]> {
  const byMonth = Map.groupBy(missing, monthOf);
  const { rows } = await session.query<{ month: string }>(
    `select distinct month::text as month from audit.audit_partition where parent <> 'audit_personal'
     union select month::text from audit.audit_cold_file`,
  );
  const present = new Set(rows.map(({ month }) => month));
  return [...byMonth]
    .filter(([month]) => !present.has(month))
    .map(([month, records]) => ({
      kind: 'partition',
      message: `The partition of ${month.slice(0, 7)} is gone, and ${records.length} sealed records with it.`,
    }));
}

/** What only the database as a whole shows: that it went back in time, or that the seals did. */
async function aboutDatabase(session: Session, { head, sizes }: SealsReport): Promise<Problem[]> {
  if (!head) return [];
  const problems: Problem[] = [];
  const identity = await databaseIdentity(session);
  if (identity !== head.database)
    problems.push({ kind: 'database', message: `The seals are of ${head.database}, and this is ${identity}.` });
  const { next } = await session.row<{ next: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as next');
  if (BigInt(next) < BigInt(head.horizon))
    problems.push({
      kind: 'restored',
      message: `The database stands at transaction ${next}, and was sealed up to ${head.horizon}: an older state was restored.`,
    });
  const { rows } = await session.query<{ workspace_id: string; last_position: number }>(
    'select workspace_id, last_position from audit.audit_event_sequence',
  );
  for (const { workspace_id: workspace, last_position: position } of rows) {
    if (position <= (sizes.get(workspace) ?? 0)) continue;
    const message = `The database knows position ${position} of workspace ${workspace}, the seals end at ${sizes.get(workspace) ?? 0}: their tail was cut off.`;
    problems.push({ kind: 'truncated', message, workspace, position });
  }
  return problems;
}

function isOf({ month }: ColdFile, record: Sealed): boolean {
  return monthOf(record) === month;
}
