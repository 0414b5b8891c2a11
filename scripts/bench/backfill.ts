import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Staging } from '../../test/support/staging.ts';
import { ms, sideBySide, timed, type BenchRow } from './measure.ts';
import { benchFolder } from './place.ts';

const rowCount = 1_000_000;
const tiny = join(import.meta.dirname, '../../test/fixtures/tiny');

/** A million rows changed in batches, beside one UPDATE of the same rows under the same triggers and policies. */
export async function benchBackfill(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const project = join(folder.path, 'project');
  await cp(tiny, project, { recursive: true });
  const file = join(project, 'drydock.yaml');
  await using staging = await Staging.start({ file, home: join(folder.path, 'home') });
  await staging.run('bootstrap', 'lend', 'apply', 'backfill');

  let longestHold = 0;
  const batched = async () => {
    await refill(staging);
    const watch = watchHolds(staging);
    const took = await timed(() => staging.run('backfill'));
    longestHold = Math.max(longestHold, await watch.stop());
    return took;
  };
  const single = async () => {
    await refill(staging);
    return timed(() => oneUpdate(staging));
  };
  const { ours, other, ratio } = await sideBySide(5, batched, single);
  return [
    {
      what: 'backfill of 1M rows, in batches',
      ours: ms(ours),
      other: `one UPDATE: ${ms(other)}`,
      ratio: ratio.toFixed(2),
      bar: '1.75',
    },
    { what: 'longest that a batch held its locks', ours: ms(longestHold), other: '', ratio: '', bar: '250 ms' },
  ];
}

async function refill(staging: Staging): Promise<void> {
  await using session = await staging.connect();
  await session.query('truncate shop.orders');
  await session.query(
    `insert into shop.orders (id, label) select n, 'L' || n from generate_series(1, ${rowCount}) as n`,
  );
  await session.query('truncate drydock.backfill_state');
  // the log of a million rows per round would outgrow the disk and says nothing here
  await session.query('alter table audit.change_log disable trigger all');
  await session.query('truncate audit.change_log');
  await session.query('alter table audit.change_log enable trigger all');
  await session.query('vacuum analyze shop.orders');
  await session.query('checkpoint');
}

async function oneUpdate(staging: Staging): Promise<void> {
  await using session = await staging.connect();
  await session.transaction(async () => {
    await session.setLocalRole('shop_service');
    await session.query("update shop.orders set note = 'order ' || label where note is null");
  });
}

/** Looks every few milliseconds how long the oldest writing transaction has been open. */
function watchHolds(staging: Staging) {
  const stopping = new AbortController();
  const watching = (async () => {
    await using session = await staging.connect();
    let longest = 0;
    while (!stopping.signal.aborted) {
      const { held } = await session.row<{ held: number | null }>(
        `select max(extract(epoch from clock_timestamp() - xact_start)) * 1000 as held from pg_catalog.pg_stat_activity
         where backend_xid is not null and pid <> pg_catalog.pg_backend_pid()`,
      );
      longest = Math.max(longest, held ?? 0);
      await sleep(3);
    }
    return longest;
  })();
  return {
    stop(): Promise<number> {
      stopping.abort();
      return watching;
    },
  };
}
