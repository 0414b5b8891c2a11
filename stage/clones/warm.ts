import { besides } from '../../ops/contract/index.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { alike, copyDatabase, dropCopy } from './copy.ts';
import { lockTemplate } from './lock.ts';
import { copiesOf, copyMark, type Template } from './template.ts';

/**
 * Makes a copy of the latest template ready to take the staging's place, so that putting it back takes no copying.
 * Does nothing where there is no template, or where the copy is there already.
 */
export async function warmUp(server: Session, database: string): Promise<void> {
  await using _lock = await lockTemplate(server, 'exclusive');
  const { template, warm } = await copiesOf(server, database);
  if (template && !isCopyOf(template, warm)) await copyWarm(server, database, template);
}

export function isCopyOf(template: Template, warm: Template | undefined): boolean {
  return warm?.takenAt === template.takenAt && warm.fingerprint === template.fingerprint;
}

/** The mark comes last: a copy that was interrupted has none. */
export async function copyWarm(server: Session, database: string, template: Template): Promise<void> {
  const { warm } = besides(database);
  await dropCopy(server, warm);
  await copyDatabase(server, { from: template.database, to: warm, connectRoles: alike(database) });
  await copyMark(server, template, warm);
}
