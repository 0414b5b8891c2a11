import type { Session } from '../../ops/postgres/index.ts';

/**
 * What the server's clock says. A lease is minted, extended and ended by it alone: the server refuses its password by the
 * same clock, and those who lend, keep and reap may be on machines whose clocks are hours apart.
 */
export async function serverTime(session: Session): Promise<Date> {
  const { ms } = await session.row<{ ms: number }>(
    'select extract(epoch from pg_catalog.clock_timestamp()) * 1000 as ms',
  );
  return new Date(ms);
}
