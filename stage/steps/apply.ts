import { DrydockError } from '../../ops/errors.ts';
import { counted } from '../../ops/counted.ts';
import { applyAlone, applyInOrder, noteExpectations, pendingOf } from '../applying.ts';
import { grantMissing, refuseUnknownObjects } from '../grants.ts';
import { loadMigrations } from '../migrations.ts';
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
    const { statements, grants } = await applyInOrder(session, pending, applyAlone, ({ file }, done) =>
      context.progress(file.path, { done, total }),
    );
    await refuseUnknownObjects(session);
    const last = await grantMissing(session);
    return {
      summary: `${total} of ${counted(migrations.length, 'migration')}, ${counted(statements, 'statement')}, ${counted(grants + last, 'grant')}`,
      rows: total,
    };
  },
};

function notYours({ role, profile }: Holder): DrydockError {
  return new DrydockError(
    'APPLY_NOT_YOURS',
    `${role} cannot apply migrations: ${profile} may change rows, not structure.`,
    {
      hint: 'Ask the operator, who applies them as the owners of the domains, with "drydock apply".',
    },
  );
}
