import { besides } from '../../ops/contract/index.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { dropClone, listClones, type DroppedClone } from './clone.ts';
import { dropCopy } from './copy.ts';
import { tryLockTemplate } from './lock.ts';
import { openDatabase } from './sessions.ts';

export interface Tending {
  /** The clones whose time was over. */
  readonly dropped: readonly DroppedClone[];
  /** What went wrong with the others whose time was over. */
  readonly problems: readonly string[];
  /** When the next one's is. */
  readonly nextExpiry: Date | null;
}

/**
 * Looks after the clones of a staging once: drops those whose time is over, and mends what a killed command left half
 * done. Idempotent; a keeper calls it every second or so.
 * @param now by the clock of the server, see `serverTime`
 */
export async function tendClones(
  server: Session,
  { database, now, by, logFile }: { database: string; now: Date; by: string; logFile?: string | undefined },
): Promise<Tending> {
  await mend(server, database);
  const clones = await listClones(server, database);
  const dropped: DroppedClone[] = [];
  const problems: string[] = [];
  for (const { name } of clones.filter(
    ({ expiresAt }) => expiresAt !== null && Date.parse(expiresAt) <= now.getTime(),
  )) {
    try {
      dropped.push(await dropClone(server, { database, name, by, logFile }));
    } catch (error) {
      problems.push(`${name}: ${messageOf(error)}`); // and does not keep the next from being dropped
    }
  }
  const ahead = clones.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [Date.parse(expiresAt)]));
  const next = Math.min(...ahead.filter((moment) => moment > now.getTime()));
  return { dropped, problems, nextExpiry: Number.isFinite(next) ? new Date(next) : null };
}

/** Opens a staging that was closed to be copied, and drops copies that nobody finished or needs any more. */
async function mend(server: Session, database: string): Promise<void> {
  const { next, old } = besides(database);
  const { rows } = await server.query<{ name: string }>(
    `select datname as name from pg_catalog.pg_database
     where datname in ($2, $3) or (datname = $1 and not datallowconn)`,
    [database, next, old],
  );
  if (rows.length === 0) return;
  await using lock = await tryLockTemplate(server);
  if (!lock) return; // somebody is at work with them
  for (const { name } of rows) await (name === database ? openDatabase(server, name) : dropCopy(server, name));
}
