import type { Session } from '../../../ops/postgres/index.ts';
import { makeProbeFunction } from '../../../stage/isolation/index.ts';

/** A role without membership, grant or policy: what PUBLIC may do. */
export const stranger = 'drydock_stranger';

/** Makes the stranger, plants a fault, and makes ready to probe. Call it in a transaction that is rolled back. */
export async function plantAndPrepare(session: Session, fault: string): Promise<void> {
  await session.script(`create role ${stranger} nologin; ${fault}`);
  await makeProbeFunction(session);
}
