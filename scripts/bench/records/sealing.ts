import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeKeys, recordSession, Sealer, verifyRecords } from '../../../audit-log/records/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import type { Staging } from '../../../test/support/staging.ts';
import { alone, median, ms, timed, type BenchRow } from '../measure.ts';
import { benchFolder } from '../place.ts';
import { database, fill, workspace } from './fill.ts';

const rounds = 5;
const many = Number(process.env['BENCH_RECORDS_COUNT'] ?? 1_000_000);

/** From a record's own time to the time of the checkpoint that holds it, at 5,000 records a second. */
export async function sealLag(server: Staging, session: Session): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const keys = makeKeys(join(folder.path, 'keys'));
  const stop = new AbortController();
  const lags: number[] = [];
  let latest = Date.now();
  using sealer = await Sealer.open({ session, folder: join(folder.path, 'seals'), keys, now: () => new Date() });
  const sealing = sealer.keepSealing(stop.signal, 250, ({ records }) => {
    // the oldest record of this pass came after the pass before had looked
    if (records > 0) lags.push(Date.now() - latest);
    latest = Date.now();
  });
  await using writer = await recordSession(server.target(database));
  const startedAt = performance.now();
  for (let batch = 0; batch < 200; batch += 1) {
    await sleep(Math.max(0, startedAt + batch * 100 - performance.now())); // a fixed beat: a slow batch does not slow the rate
    await writer.query(
      `insert into audit.audit_events (created_by_user_id, action_type, resource_type, resource_id, workspace_id, new_values)
       select gen_random_uuid(), 'LAG', 'thing', gen_random_uuid(), $1, '{"n": 1}' from generate_series(1, 500)`,
      [workspace],
    );
  }
  stop.abort();
  await sealing;
  const { rate } = await session.row<{ rate: number }>(
    `select round(count(*) / extract(epoch from max(created_at) - min(created_at))) as rate from audit.audit_events where action_type = 'LAG'`,
  );
  const worst = lags.sort((a, b) => a - b)[Math.ceil(lags.length * 0.99) - 1]!;
  return [
    {
      what: `seal lag, p99, at ${rate.toLocaleString('en')} records/s`,
      ours: ms(worst),
      ...alone,
      bar: '2 s at 5,000/s',
    },
  ];
}

export async function verifyMany(_server: Staging, session: Session): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const keys = makeKeys(join(folder.path, 'keys'));
  const seals = join(folder.path, 'seals');
  await fill(session, { count: many, workspaces: 10 });
  let sealing: number;
  {
    using sealer = await Sealer.open({ session, folder: seals, keys, now: () => new Date() });
    sealing = await timed(() => sealer.pass());
  }
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const took = await timed(async () => {
      const report = await verifyRecords({ session, folder: seals, publicKey: keys.publicKey, anchors: [] });
      if (report.verdict !== 'go' || report.records < many) throw new Error(JSON.stringify(report));
    });
    if (round > 0) times.push(took);
  }
  return [
    { what: `seal a backlog of ${many.toLocaleString('en')} records`, ours: ms(sealing), ...alone, bar: '' },
    {
      what: `verify ${many.toLocaleString('en')} records against their seals`,
      ours: ms(median(times)),
      ...alone,
      bar: '10 s at 1M',
    },
  ];
}
