import { recordSession } from '../../../audit-log/records/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import type { Staging } from '../../../test/support/staging.ts';

export const database = 'bench';
export const workspace = '11111111-1111-4111-8111-111111111111';

/** The first day of a month, so many months ago; ahead when negative. */
export function monthsAgo(count: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count, 1)).toISOString().slice(0, 10);
}

/** The hot partition of a month. */
export function partitionOf(month: string): string {
  return `audit_events_${month.slice(0, 7).replace('-', '_')}`;
}

/** Makes the partitions of a month, where they are missing. */
export async function openMonth(session: Session, month: string): Promise<void> {
  for (const parent of ['audit_events', 'audit_personal'])
    await session.query('select audit.make_audit_partition($1, $2)', [parent, month]);
}

/**
 * Plain records, past the functions: what is measured is not how they came. Spread over the first 23 days of the month.
 * @param order.workspaces how many of them, in turn: `md5('ws ' || n)` with n from 0
 * @param order.personal of how many of these the records have encrypted personal data too
 * @param order.month now when not given
 */
export async function fill(
  session: Session,
  order: { count: number; workspaces: number; personal?: number; month?: string },
): Promise<void> {
  const { count, workspaces, personal = 0, month } = order;
  await session.query(
    `with record as (
         select
             n, gen_random_uuid() as id, md5('ws ' || n % $2)::uuid as workspace_id, n % $2 < $3 as is_personal,
             least(clock_timestamp(), coalesce($4::timestamptz + make_interval(secs => n::double precision * 2000000 / $1), clock_timestamp())) as created_at
         from generate_series(1, $1::bigint) as n
     ), sealed as (
         insert into audit.audit_personal (record_id, part, created_at, key_id, cipher)
         select id, 'origin', created_at, md5('key ' || n % 997)::uuid, decode(repeat('ab', 96), 'hex') from record where is_personal
     )
     insert into audit.audit_events (
         id, created_at, created_by_user_id, action_type, resource_type, resource_id, workspace_id, new_values, origin_sha256
     )
     select
         id, created_at, md5('user ' || n % 997)::uuid, 'FILL', 'thing', gen_random_uuid(), workspace_id,
         jsonb_build_object('n', n, 'name', 'name ' || n), case when is_personal then sha256('salted') end
     from record`,
    [count, workspaces, personal, month ?? null],
  );
}

/** Fills months two at a time, each in a session of its own. */
export async function fillMonths(
  server: Staging,
  months: readonly string[],
  order: { count: number; workspaces: number; personal?: number },
): Promise<void> {
  const waiting = [...months];
  const work = async () => {
    await using session = await recordSession(server.target(database));
    await session.query('set synchronous_commit = off');
    for (let month = waiting.shift(); month; month = waiting.shift()) {
      await fill(session, { ...order, month });
      console.error(`    filled ${month}`);
    }
  };
  await Promise.all([work(), work()]);
}
