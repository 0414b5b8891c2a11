import { setTimeout as sleep } from 'node:timers/promises';
import { Session, type Target } from '../../ops/postgres/index.ts';

/**
 * A process of hostile clients of one lease, who do what keeps a session or a role alive. It tells its parent when all of
 * them are in, and is ended by it.
 */
const { target, clients } = JSON.parse(process.argv[2]!) as { target: Target; clients: number };

const holdings = [
  'select pg_sleep(300)', // a running query
  'begin; declare everything cursor for select generate_series(1, 1000000); fetch everything; select pg_sleep(300)',
  "begin; alter role current_user set work_mem = '1MB'", // holds the row of its own role
  'select count(pg_advisory_lock(n)) from generate_series(1, 100) as n',
  'create temporary table kept as select generate_series(1, 1000) as n; begin; lock table kept',
  'set role agent; begin; select from shop.orders',
];

/** Holds on to something; where it is thrown out, it comes back for as long as it is let in. */
async function holdOn(statements: string, isIn: () => void): Promise<never> {
  for (;;) {
    try {
      await using session = await Session.open(target);
      const holding = session.script(statements);
      isIn();
      await holding;
      for (;;) {
        await session.query('select 1');
        await sleep(20);
      }
    } catch {
      await sleep(5); // thrown out or refused: that is what is measured, and it only tries again
    }
  }
}

await Promise.all(
  Array.from({ length: clients }, (_, index) => {
    const statements = holdings[index % holdings.length]!;
    return new Promise<void>((resolve) => void holdOn(statements, resolve));
  }),
);
process.send!('in');
