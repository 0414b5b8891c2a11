import type { Session } from '../../../ops/postgres/index.ts';
import type { Staging } from '../../../test/support/staging.ts';
import { alone, median, timed, type BenchRow } from '../measure.ts';
import { fillMonths, monthsAgo, openMonth } from './fill.ts';

const trailRecords = Number(process.env['BENCH_TRAIL'] ?? 20_000_000);
const months = Array.from({ length: 10 }, (_, ago) => monthsAgo(ago));
const workspaces = 200;
const asked = 20;

/** The newest 100 of a workspace, of many records in ten months, seven of them archived; those that are asked for have personal data. */
export async function readTrail(server: Staging, session: Session): Promise<BenchRow[]> {
  for (const month of months) await openMonth(session, month);
  await fillMonths(server, months, { count: Math.ceil(trailRecords / months.length), workspaces, personal: asked });
  await session.query('call audit.archive_all_due()');
  await session.script('analyze audit.audit_events; analyze audit.audit_events_archive; analyze audit.audit_personal');
  const { total, archived } = await session.row<{ total: number; archived: number }>(
    `select count(*) as total, count(*) filter (where tier = 'warm') as archived from audit.audit_events_all`,
  );
  const rows: BenchRow[] = [];
  for (const [days, what] of [
    [30, 'of the last 30 days'],
    [400, 'hot and archived'],
  ] as const) {
    const times: number[] = [];
    for (let round = 0; round < asked * 5; round += 1) times.push(await timed(() => lastHundred(session, round, days)));
    rows.push({
      what: `get_audit_trail, last 100 of a workspace, ${what}, of ${total.toLocaleString('en')} records, ${archived.toLocaleString('en')} of them archived`,
      ours: `${median(times).toFixed(1)} ms (slowest of ${times.length}: ${Math.max(...times).toFixed(1)})`,
      ...alone,
      bar: '5 ms at 20M',
    });
  }
  return rows;
}

async function lastHundred(session: Session, round: number, days: number): Promise<void> {
  const { rowCount } = await session.query('select * from audit.get_audit_trail(md5($1)::uuid, p_days_back => $2)', [
    `ws ${round % asked}`,
    days,
  ]);
  if (rowCount !== 100) throw new Error(`${rowCount} records instead of 100`);
}
