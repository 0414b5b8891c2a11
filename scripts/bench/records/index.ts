import { migrateRecords, recordSession } from '../../../audit-log/records/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import { Staging } from '../../../test/support/staging.ts';
import type { BenchRow } from '../measure.ts';
import { benchFolder } from '../place.ts';
import { archiveMonth } from './archive.ts';
import { maintenance } from './maintenance.ts';
import { sealLag, verifyMany } from './sealing.ts';
import { readTrail } from './trail.ts';
import { bulkInsert, sealedWriters } from './writing.ts';

/** Measures one thing on a server and a database of its own. */
type Part = (server: Staging, session: Session) => Promise<BenchRow[]>;

const parts: readonly Part[] = [bulkInsert, sealedWriters, sealLag, verifyMany, archiveMonth, maintenance, readTrail];

/**
 * The audit record: writing, sealing, verifying, archiving, writers during maintenance, reading.
 * BENCH_RECORDS names some of the parts; the last two fill gigabytes, so BENCH_DIR is to have 20 of them.
 */
export async function benchRecords(): Promise<BenchRow[]> {
  const wanted = process.env['BENCH_RECORDS']?.split(',');
  const rows: BenchRow[] = [];
  for (const part of parts.filter(({ name }) => !wanted || wanted.includes(name))) {
    console.error(`  ${part.name}`);
    const measured = await onServer(part);
    for (const { what, ours, other } of measured) console.error(`    ${what}: ${ours} ${other}`);
    rows.push(...measured);
  }
  return rows;
}

async function onServer(part: Part): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  await using server = await Staging.start({
    home: folder.path,
    server: { max_wal_size: '4GB', shared_buffers: '1GB', maintenance_work_mem: '256MB' },
  });
  await using admin = await server.connect('postgres');
  await admin.query('create database bench');
  await using session = await recordSession(server.target('bench'));
  await migrateRecords(session);
  return await part(server, session);
}
