import { EventTable } from '../../../audit-log/events/index.ts';
import { logAuditEvent } from '../../../audit-log/records/index.ts';
import { ConsoleUnderTest } from '../../support/console.ts';
import { manyEvents } from '../../support/events.ts';
import { anEvent, otherWorkspace } from '../../support/records.ts';

/** A console over seven calls of ws-1 and five failed ones of ws-2, and a record of each of two workspaces. */
export async function consoleOfTwoWorkspaces(
  given: Parameters<typeof ConsoleUnderTest.start>[0] = {},
): Promise<ConsoleUnderTest> {
  const site = await ConsoleUnderTest.start(given);
  await using table = new EventTable(site.events.writer, 'test');
  await table.write(manyEvents(7));
  await table.write(manyEvents(5, { workspace_id: 'ws-2', tool: 'secret_tool', status: 'failed' }));
  const session = await site.records.superuser();
  await logAuditEvent(session, anEvent({ oldValues: { name: 'Ann' }, newValues: { name: 'Bea' }, clear: ['*'] }));
  await logAuditEvent(session, anEvent({ workspaceId: otherWorkspace }));
  return site;
}
