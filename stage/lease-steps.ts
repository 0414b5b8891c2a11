import type { Project } from '../ops/config/index.ts';
import { DrydockError } from '../ops/errors.ts';
import type { Session } from '../ops/postgres/index.ts';
import { loadChecks, storeChecks } from './checks.ts';
import { storeLinkRules } from './linking.ts';
import type { Holder } from './step.ts';

/**
 * Stores what a lease runs with more than its own rights, as the operator's files are now: the auditor's checks, and the
 * link rules. A lease can run them, and change none. A database that is no staging has no place for them.
 * @param session the administrator's
 * @param database the one that the lease opens
 * @throws LEASE_NOTHING_APPLIED when it is a staging without a migration
 */
export async function storeForLeases(session: Session, project: Project, database: string): Promise<void> {
  await using inside = await session.beside('drydock leases', database);
  const { staging } = await inside.row<{ staging: boolean }>(
    "select pg_catalog.to_regclass('drydock.known_check') is not null as staging",
  );
  if (!staging) return;
  const { applied } = await inside.row<{ applied: boolean }>(
    'select exists (select from audit.migration_log) as applied',
  );
  if (!applied) {
    throw new DrydockError('LEASE_NOTHING_APPLIED', `${database} has no migration yet: there is nothing to lend.`, {
      hint: 'Run "drydock apply" first.',
    });
  }
  await storeLinkRules(inside, project);
  await storeChecks(inside, await loadChecks(project));
}

/**
 * Who is logged in, when that is a lease: no superuser, and a member of a role of the contract.
 * @throws LEASE_NO_STEPS when it is lent with another profile than the one that does the steps
 */
export async function holderOf(session: Session, { config }: Project): Promise<Holder | undefined> {
  const profiles = Object.keys(config.contract.roles);
  const { rows } = await session.query<Holder>(
    `select login.rolname as role, profile.rolname as profile
     from pg_catalog.pg_roles as login
     join pg_catalog.pg_auth_members as membership on membership.member = login.oid
     join pg_catalog.pg_roles as profile on profile.oid = membership.roleid
     where login.rolname = session_user and not login.rolsuper and not login.rolcreaterole and profile.rolname = any ($1)`,
    [profiles],
  );
  const [holder] = rows;
  if (holder && holder.profile !== config.lease.profile) throw noSteps(holder, config.lease.profile);
  return holder;
}

function noSteps({ role, profile }: Holder, stepping: string): DrydockError {
  return new DrydockError('LEASE_NO_STEPS', `${role} does no steps: it is lent as ${profile}, not as ${stepping}.`, {
    hint: `Use its rights with any Postgres client, or ask the operator for a lease of ${stepping}.`,
  });
}
