import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrydockError } from '../../ops/errors.ts';
import { sha256 as sha256Of } from '../../ops/evidence.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { openDestination, removeFile } from '../inventory/index.ts';
import { coldLines, LocalCopies, writeCold } from './cold.ts';
import { exportedPersonal, exportedRecords } from './export.ts';
import { packed } from './proof/index.ts';
import { patiently } from './patience.ts';
import { recordQuery } from './queries.ts';

/** What retention does, or would do, with a partition, and why. */
export interface PlannedPartition {
  readonly tier: 'hot' | 'warm' | 'cold';
  readonly partition: string;
  readonly month: string;
  readonly decision: 'move' | 'batch' | 'drop empty' | 'freeze' | 'delete' | 'keep';
  readonly reason: string;
}

export interface ArchiveReport {
  readonly dryRun: boolean;
  readonly plan: readonly PlannedPartition[];
  /** Records moved from hot to warm. */
  readonly archived: number;
  /** Empty partitions dropped. */
  readonly dropped: number;
  /** Months frozen into files. */
  readonly frozen: readonly FrozenMonth[];
  /** Files removed. */
  readonly deleted: readonly string[];
}

export interface FrozenMonth {
  readonly month: string;
  readonly file: string;
  readonly records: number;
  readonly sha256: string;
}

/** Where months are frozen to: a folder, or `s3://BUCKET/PREFIX`. */
export interface ColdPlace {
  readonly coldFolder: string;
  /** Of an S3 server that is not Amazon's. */
  readonly endpoint?: string | undefined;
}

/** What would go now, and why; also why what stays does. */
export async function archivePlan(session: Session): Promise<PlannedPartition[]> {
  return recordQuery<PlannedPartition>(session, 'archive_plan');
}

/**
 * Moves what is past its hot days, freezes into `coldFolder` what is past its warm days, removes files past their cold days.
 * A month leaves the database only when its file was read back and holds the same records.
 * @throws RECORDS_BUSY when a long reader did not let a partition be detached, RECORDS_COLD_DIFFERS
 */
export async function archiveRecords(
  session: Session,
  options: ColdPlace & { dryRun: boolean },
): Promise<ArchiveReport> {
  const plan = await archivePlan(session);
  if (options.dryRun) return { dryRun: true, plan, archived: 0, dropped: 0, frozen: [], deleted: [] };
  // it tries again by itself
  const moved = await patiently(
    () => session.row<{ archived_count: number; deleted_count: number }>('call audit.archive_all_due()'),
    1,
  );
  const frozen: FrozenMonth[] = [];
  for (const { month } of (await archivePlan(session)).filter(({ decision }) => decision === 'freeze'))
    frozen.push(await freeze(session, month, options));
  const deleted: string[] = [];
  for (const { month } of (await archivePlan(session)).filter(({ decision }) => decision === 'delete')) {
    const { file } = await session.row<{ file: string }>('select audit.forget_cold_file($1) as file', [month]);
    await removeFile(file, options.endpoint);
    deleted.push(file);
  }
  return { dryRun: false, plan, archived: moved.archived_count, dropped: moved.deleted_count, frozen, deleted };
}

/** Writes a month to a file, reads back what is in its place, compares every record, and only then lets the partition go. */
async function freeze(session: Session, month: string, { coldFolder, endpoint }: ColdPlace): Promise<FrozenMonth> {
  await using copies = await LocalCopies.make(endpoint);
  await using workshop = await temporaryFolder();
  const [lines, made] = [join(workshop.path, 'lines.jsonl'), join(workshop.path, 'made.parquet')];
  const written = await writeLines(session, month, lines);
  await writeCold(lines, made);
  const destination = await openDestination(coldFolder, { cwd: '/', endpoint });
  const content = await readFile(made);
  const name = `audit_events_${month.slice(0, 7).replace('-', '_')}.${sha256Of(content).slice(0, 12)}.parquet`;
  const file = await destination.keep(name, content, 'application/vnd.apache.parquet');
  const { path, sha256 } = await copies.of(file);
  if (path === file) syncFile(path);
  await requireSame(path, written);
  const { records, personal } = written;
  await patiently(() =>
    session.query('select audit.drop_frozen_partition($1, $2, $3, $4, $5)', [
      ...[month, file, sha256, records.size, personal.size],
    ]),
  );
  return { month, file, records: records.size, sha256 };
}

interface Written {
  /** Packed entry of each record, by its id. */
  readonly records: ReadonlyMap<string, string>;
  /** Ciphers, by record and part. */
  readonly personal: ReadonlyMap<string, string>;
}

async function writeLines(session: Session, month: string, path: string): Promise<Written> {
  const [records, personal] = [new Map<string, string>(), new Map<string, string>()];
  const file = openSync(path, 'wx', 0o600);
  try {
    for await (const record of exportedRecords(session, month, monthAfter(month))) {
      records.set(record['id']!, packed(record).toString('hex'));
      writeSync(file, `${JSON.stringify({ kind: 'record', ...record })}\n`);
    }
    for await (const part of exportedPersonal(session, month, monthAfter(month))) {
      personal.set(`${part.id}/${part.part}`, part.cipher);
      writeSync(file, `${JSON.stringify({ kind: 'personal', ...part })}\n`);
    }
    return { records, personal };
  } finally {
    closeSync(file);
  }
}

/** The file is read as whoever restores it will, and every leaf is made again from what it holds. */
async function requireSame(file: string, { records, personal }: Written): Promise<void> {
  const lines = await coldLines(file);
  const same = lines.filter((line) =>
    line.kind === 'record'
      ? records.get(line['id']!) === packed(line).toString('hex')
      : personal.get(`${line['id']}/${line.part}`) === line.cipher,
  );
  if (same.length === lines.length && lines.length === records.size + personal.size) return;
  throw new DrydockError('RECORDS_COLD_DIFFERS', `${file} does not hold what it was written from.`, {
    hint: 'Nothing was dropped. Look at the disk, remove the file and try again.',
  });
}

function monthAfter(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10);
}

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'drydock-cold-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function syncFile(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}
