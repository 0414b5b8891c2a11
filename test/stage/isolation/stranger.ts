import { connectRole } from '../../../ops/contract/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';

/** A role without membership, grant or policy: what PUBLIC may do. */
export const stranger = 'drydock_stranger';

/** Makes the stranger, and plants a fault. Call it in a transaction that is rolled back. */
export async function plantBeside(session: Session, fault: string): Promise<void> {
  const tried = [stranger, connectRole(session.target.database)].join(', ');
  await session.script(`create role ${stranger} nologin; grant usage on schema extensions to ${tried}; ${fault}`);
}
