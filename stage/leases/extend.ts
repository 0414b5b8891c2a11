import { DrydockError } from '../../ops/errors.ts';
import { identifier, type Session } from '../../ops/postgres/index.ts';
import { unknownLease } from './end.ts';
import { listLeases, noteLease, type LeaseInForce } from './lease.ts';
import { requireTtl, validUntil } from './mint.ts';

/**
 * Moves the end of a lease.
 * @param order.now by the clock of the server, see `serverTime`
 * @param order.ttlMs how long it lasts from now, within what was allowed when it was minted
 * @throws LEASE_UNKNOWN, LEASE_ENDING, LEASE_TTL
 */
export async function extendLease(
  session: Session,
  role: string,
  order: { ttlMs: number; by: string; now: Date },
): Promise<LeaseInForce> {
  return session.transaction(async () => {
    // whoever ends it writes to the same row first, so one of the two comes second and sees the other
    await session.query('select from drydock.lease where role_name = $1 for update', [role]);
    const lease = (await listLeases(session)).find((known) => known.role === role);
    if (!lease) throw unknownLease(role);
    const { now, ttlMs, by } = order;
    const expiresAt = new Date(now.getTime() + ttlMs);
    if (lease.endingSince || lease.expiresAt <= now) throw isEnding(lease);
    requireTtl(expiresAt.getTime() - lease.mintedAt.getTime(), lease.latestExpiry.getTime() - lease.mintedAt.getTime());
    await session.query(`alter role ${identifier(role)} valid until ${validUntil(expiresAt)}`);
    await session.query('update drydock.lease set expires_at = $2, warned_at = null where role_name = $1', [
      role,
      expiresAt.toISOString(),
    ]);
    await noteLease(session, { ...lease, expiresAt }, 'extended', by, { from: lease.expiresAt.toISOString() });
    return { ...lease, expiresAt, warnedAt: null };
  });
}

function isEnding({ role }: LeaseInForce): DrydockError {
  return new DrydockError('LEASE_ENDING', `The lease ${role} is over and is being ended.`, {
    hint: 'Hand over a new one with "drydock handoff".',
  });
}
