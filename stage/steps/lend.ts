import { parseDuration } from '../../ops/config/index.ts';
import { declaredRights, type DeclaredRight } from '../../ops/contract/index.ts';
import { leaseTermsOf, mintLease, serverTime } from '../leases/index.ts';
import type { Step } from '../step.ts';

/** Mints the run's own credential, as an agent or an engineer would get it. */
export const lend: Step = {
  name: 'lend',
  title: 'Mint the time-boxed credential',

  async run(context) {
    const { config } = context.project;
    const { profile, ttl } = config.lease;
    await using session = await context.connect();
    const lease = await mintLease(session, {
      profile,
      database: config.database,
      ttlMs: parseDuration(ttl),
      terms: leaseTermsOf(config),
      by: context.settings.actor,
      lentTo: 'the run',
      now: await serverTime(session),
    });
    context.redactor.add(lease.target.password);
    context.lease = lease;
    context.record.credentials.push({
      role: lease.role,
      profile,
      createdAt: lease.createdAt.toISOString(),
      expiresAt: lease.expiresAt.toISOString(),
      rights: declaredRights(config)
        .filter(({ role }) => role === profile)
        .map(inWords),
    });
    return { summary: `${lease.role}, until ${lease.expiresAt.toISOString()}` };
  },
};

function inWords({ kind, schema, object, column, privilege }: DeclaredRight): string {
  const where = kind === 'schema' ? object : [schema, object, column].filter(Boolean).join('.');
  return `${privilege} on ${where}`;
}
