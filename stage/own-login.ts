import { randomBytes } from 'node:crypto';
import { connectRole } from '../ops/contract/index.ts';
import { identifier, literal, scramVerifier, type Session } from '../ops/postgres/index.ts';
import type { StepContext } from './step.ts';

/** Should the process die, the password stops working; by the server's clock, which is what refuses it. */
const failSafe = "select (pg_catalog.clock_timestamp() + interval '5 minutes')::text as until";

/**
 * Lets a role of the contract log in for as long as `work` takes. Policies that look at `session_user` see the role then,
 * where nobody may take its session authorization.
 */
export async function loggedInAs<T>(
  context: StepContext,
  role: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { database } = context.project.config;
  await using admin = await context.connect({ purpose: 'clean-up' });
  const password = randomBytes(32).toString('base64url');
  const { until } = await admin.row<{ until: string }>(failSafe);
  const [name, door] = [role, connectRole(database)].map(identifier);
  context.redactor.add(password);
  try {
    await admin.script(
      `alter role ${name} login password ${literal(scramVerifier(password))} valid until ${literal(until)};
       grant ${door} to ${name}`,
    );
    await using session = await context.connect({ lease: { target: { ...admin.target, user: role, password } } });
    return await work(session);
  } finally {
    await admin.script(`alter role ${name} nologin password null valid until 'infinity'; revoke ${door} from ${name}`);
  }
}
