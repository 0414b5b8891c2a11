import type { Session } from '../../ops/postgres/index.ts';
import { leaseTermsOf, mintLease, type Lease, type LeaseTerms } from '../../stage/leases/index.ts';
import type { Staging } from './staging.ts';

interface LendOptions {
  readonly ttlMs?: number;
  readonly database?: string;
  readonly profile?: string;
  readonly terms?: Partial<LeaseTerms>;
  readonly now?: Date;
}

/** Mints a lease of the project's profile. */
export async function lend(staging: Staging, session: Session, options: LendOptions = {}): Promise<Lease> {
  const { config } = staging.project;
  const { profile = config.lease.profile, database = config.database, ttlMs = 60_000, now = new Date() } = options;
  const terms = { ...leaseTermsOf(config), ...options.terms };
  return mintLease(session, { profile, database, ttlMs, terms, by: 'tester', lentTo: 'an agent', now });
}

/** Everything in the server that names a role: compared before and after, it shows what a lease left. */
export async function everythingGranted(session: Session): Promise<string> {
  const { rows } = await session.query<{ held: string }>(
    `select 'class ' || oid::regclass || ' ' || relacl::text as held from pg_class where relacl is not null
     union all select 'default ' || defaclrole::regrole || defaclobjtype::text || defaclacl::text from pg_default_acl
     union all select 'member ' || member::regrole || ' of ' || roleid::regrole || ' by ' || grantor::regrole from pg_auth_members
     union all select 'setting ' || setrole::regrole || setconfig::text from pg_db_role_setting where setrole <> 0
     union all select 'dependency ' || dbid || ' ' || classid || ' ' || objid || ' ' || refobjid || deptype::text from pg_shdepend
     union all select 'role ' || rolname from pg_roles
     union all select 'database ' || datname || coalesce(datacl::text, '') from pg_database
     order by 1`,
  );
  return rows.map(({ held }) => held).join('\n');
}

/** The life of a lease, by the log. */
export async function eventsOf(session: Session, role: string): Promise<string[]> {
  const { rows } = await session.query<{ event: string }>(
    'select event from audit.lease_event where lease = $1 order by id',
    [role],
  );
  return rows.map(({ event }) => event);
}
