import { nearest, type Project } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { attackWithTwin, type AttackReport } from './attack/index.ts';
import { endLease } from './end.ts';
import type { Lease } from './lease.ts';
import { mintLease, requireTtl, type LeaseOrder } from './mint.ts';
import { rightsInWords, type RightsInWords } from './rights-in-words.ts';
import { refuseTrust, type WaysIn } from './ways-in.ts';

export interface HandOverOrder extends LeaseOrder {
  readonly project: Project;
  /** Whether a twin attacks first. */
  readonly attack: boolean;
}

/** What came of a hand-over: a lease with what was shown about it, or the attack that stopped it. */
export interface HandOver {
  /** Null when the attack found a way out: nothing was minted. Its target holds the password. */
  readonly lease: Lease | null;
  readonly order: HandOverOrder;
  readonly rights: RightsInWords;
  readonly waysIn: WaysIn | null;
  /** Null when it was asked not to attack. */
  readonly attack: AttackReport | null;
}

/**
 * Hands a staging over: a twin of the lease attacks first, then the lease is minted, then it is shown that it needs its
 * password. A lease that does not is ended again.
 * @throws LEASE_PROFILE, LEASE_TTL, LEASE_TRUSTED, and whatever minting throws
 */
export async function handOver(session: Session, order: HandOverOrder): Promise<HandOver> {
  requireProfile(order);
  requireTtl(order.ttlMs, order.terms.maximumMs);
  const rights = rightsInWords(order.project.config, order.profile);
  const attack = order.attack ? await attackWithTwin(session, order) : null;
  if (attack && attack.findings.length > 0) return { lease: null, order, rights, waysIn: null, attack };
  const lease = await mintLease(session, order);
  try {
    return { lease, order, rights, waysIn: await refuseTrust(session, lease), attack };
  } catch (error) {
    await endLease(session, lease.role, { by: order.by, reason: 'it was not shown to need its password' });
    throw error;
  }
}

/** A profile is a role of the contract; owners and Drydock's own roles are lent to nobody. */
function requireProfile({ project, profile }: HandOverOrder): void {
  const known = Object.keys(project.config.contract.roles);
  if (known.includes(profile)) return;
  const like = nearest(profile, known);
  throw new DrydockError('LEASE_PROFILE', `There is no role "${profile}" in the contract that could be lent.`, {
    hint: like ? `Did you mean ${like}?` : `Choose one of ${known.join(', ')}.`,
  });
}
