import { parseDuration, type SnapshotPlan } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { saltSetting } from './columns.ts';
import type { Budget } from './meter.ts';
import type { SessionLimits } from './sessions.ts';

/** What a plan lets its reading take. */
export function budgetOf({ limits }: SnapshotPlan): Budget {
  const { rows, bytes, cost } = limits;
  return { rows, bytes, cost, statementMs: parseDuration(limits.statement), totalMs: parseDuration(limits.total) };
}

export function sessionLimitsOf(plan: SnapshotPlan): SessionLimits {
  return { ...budgetOf(plan), lockMs: parseDuration(plan.limits.lock) };
}

/** @throws SNAPSHOT_SALT where a column is masked by a hash that anybody could make again */
export function requireSalt(plan: SnapshotPlan, salt: string | undefined): void {
  const masks = [...plan.seeds, ...Object.values(plan.tables)].flatMap(({ mask }) => Object.values(mask));
  if (!masks.includes('hash') || (salt !== undefined && salt.length >= 16)) return;
  throw new DrydockError(
    'SNAPSHOT_SALT',
    `The plan masks a column by a hash, and ${lacking(plan.maskSaltFrom, salt)}.`,
    {
      hint: plan.maskSaltFrom
        ? 'Set it to 16 characters or more; the same salt makes two snapshots comparable.'
        : 'Name a variable that holds one as maskSaltFrom in the plan; the same salt makes two snapshots comparable.',
    },
  );
}

function lacking(variable: string | undefined, salt: string | undefined): string {
  if (variable === undefined) return 'there is no salt of 16 characters';
  return salt === undefined
    ? `${variable}, which is to hold the salt, is not set`
    : `the salt in ${variable} is shorter than 16 characters`;
}

/** Hands the salt to a session, where no statement spells it. */
export async function setSalt(session: Session, salt: string | undefined): Promise<void> {
  if (salt !== undefined) await session.query('select pg_catalog.set_config($1, $2, true)', [saltSetting, salt]);
}
