import { DrydockError } from '../../ops/errors.ts';
import { counted } from '../../ops/counted.ts';
import { applyAlone, applyInOrder, noteExpectations, pendingOf } from '../applying.ts';
import { grantMissing, refuseUnknownObjects } from '../grants.ts';
import { loadMigrations, type Migration } from '../migrations.ts';
import type { Holder, Step } from '../step.ts';

/** Applies what is not applied yet, each file once, in order, as its owner; then grants what the contract states. */
export const apply: Step = {
  name: 'apply',
  title: 'Apply the migrations, as the owners of the domains',
  changes: 'structure',

  async run(context) {
    if (context.holder) throw notYours(context.holder);
    const migrations = await loadMigrations(context.project);
    await using session = await context.connect();
    await session.transaction(() => noteExpectations(session, migrations));
    const pending = await pendingOf(session, migrations);
    const total = pending.length;
    let statements = 0;
    let grants = 0;
    for (const [index, shift] of inShifts(pending).entries()) {
      // the first session has read the catalogs already
      await using fresh = index === 0 ? undefined : await context.connect();
      const made = await applyInOrder(fresh ?? session, shift, applyAlone, (migration) =>
        context.progress(migration.file.path, { done: pending.indexOf(migration), total }),
      );
      statements += made.statements;
      grants += made.grants;
    }
    await refuseUnknownObjects(session);
    const last = await grantMissing(session);
    return {
      summary: `${total} of ${counted(migrations.length, 'migration')}, ${counted(statements, 'statement')}, ${counted(grants + last, 'grant')}`,
      rows: total,
    };
  },
};

/** So much SQL makes a few hundred tables. */
const shiftLength = 32_000;

/**
 * The migrations in the shares that one session applies; only between owners is it another. A session saves plans for every
 * table that it writes to, and walks through all of them at every later change of a table: in one session two thousand
 * tables take four times as long for each as a few hundred.
 */
function inShifts(migrations: readonly Migration[]): Migration[][] {
  const shifts: Migration[][] = [];
  let length = Infinity;
  for (const [index, migration] of migrations.entries()) {
    const isOthers = migration.as !== migrations[index - 1]?.as;
    if (isOthers && length > shiftLength) {
      shifts.push([]);
      length = 0;
    }
    shifts.at(-1)!.push(migration);
    length += migration.file.text.length;
  }
  return shifts;
}

function notYours({ role, profile }: Holder): DrydockError {
  return new DrydockError(
    'APPLY_NOT_YOURS',
    `${role} cannot apply migrations: ${profile} may change rows, not structure.`,
    {
      hint: 'Ask the operator, who applies them as the owners of the domains, with "drydock apply".',
    },
  );
}
