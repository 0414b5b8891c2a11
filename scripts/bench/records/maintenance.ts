import { setTimeout as sleep } from 'node:timers/promises';
import { recordSession } from '../../../audit-log/records/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import type { Staging } from '../../../test/support/staging.ts';
import { median, ms, type BenchRow } from '../measure.ts';
import { database, fillMonths, monthsAgo, openMonth, partitionOf } from './fill.ts';
import { openWriters } from './writers.ts';

const rounds = 5;
const clients = 8;
const streamMs = 3_000;
const recordsAMonth = 200_000;
/** Oldest first. Each round has two months due: two intervals were missed. */
const due = Array.from({ length: rounds * 2 }, (_, n) => monthsAgo(4 + rounds * 2 - n));

/**
 * Two maintenance intervals were missed and a long reader is open: partitions ahead are made and two full months go to the archive
 * while clients write. The reader goes half-way, so that the archive first gives up and then gets through. Each round also has
 * the same stream without maintenance: what that stalls is the machine's.
 */
export async function maintenance(server: Staging, session: Session): Promise<BenchRow[]> {
  for (const month of due) await openMonth(session, month);
  await fillMonths(server, due, { count: recordsAMonth, workspaces: 20 });
  await session.query('analyze audit.audit_events');
  await using writers = await openWriters(server, clients);
  const slowest = { during: [] as number[], without: [] as number[] };
  let inserts = 0;
  for (let round = 0; round < rounds; round += 1) {
    await forgetMonthsAhead(session);
    await makeDue(session, due[round * 2 + 1]!);
    const without = await writers.write(streamMs);
    const [during] = await Promise.all([writers.write(streamMs), maintain(server, session)]);
    inserts += during.length;
    slowest.without.push(Math.max(...without));
    slowest.during.push(Math.max(...during));
  }
  const { moved } = await session.row<{ moved: number }>('select count(*) as moved from audit.audit_events_archive');
  if (moved !== due.length * recordsAMonth) throw new Error(`${moved} records were archived`);
  const figure = (values: readonly number[]) => `${ms(median(values))}, worst ${ms(Math.max(...values))}`;
  return [
    {
      what: `slowest of ${inserts.toLocaleString('en')} inserts of ${clients} clients, during maintenance under a long reader (median of ${rounds} rounds)`,
      ours: `${figure(slowest.during)}; ${writers.failed()} failed`,
      other: `the same stream without maintenance: ${figure(slowest.without)}`,
      ratio: (median(slowest.during) / median(slowest.without)).toFixed(2),
      bar: '100 ms; 0',
    },
  ];
}

async function maintain(server: Staging, session: Session): Promise<void> {
  await using reader = await recordSession(server.target(database));
  await reader.query('begin isolation level repeatable read');
  await reader.query('select count(*) from audit.audit_events_all');
  await sleep(200);
  await session.query('select audit.keep_audit_partitions_ahead(4)');
  const archiving = session.query('call audit.archive_all_due()');
  await sleep(1_000);
  await reader.query('rollback');
  await archiving;
}

/** The last two months ahead are missing again. */
async function forgetMonthsAhead(session: Session): Promise<void> {
  for (const month of [monthsAgo(-3), monthsAgo(-4)])
    for (const parent of ['audit_events', 'audit_personal'])
      await session.query(`drop table if exists audit.${partitionOf(month).replace('audit_events', parent)}`);
}

/** What is younger than this month stays hot. */
async function makeDue(session: Session, youngest: string): Promise<void> {
  await session.query(
    `update audit.audit_retention_policies set
         hot_retention_days = extract(day from now() - ($1::date + interval '1 month'))::integer - 1, warm_archive_days = 2000, cold_delete_days = 3000`,
    [youngest],
  );
}
