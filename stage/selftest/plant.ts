import { viewsSchema, type Config } from '../../ops/config/index.ts';
import { serverMessage, type Session } from '../../ops/postgres/index.ts';
import { runCheck, type Check } from '../checks.ts';
import { isMismatch, probeAsEverybody } from '../isolation/index.ts';
import type { Fault } from './faults.ts';

/** What noticed a fault: a check, or a probe. */
export interface Catch {
  /** `check/rls`, `probe/rights`, `probe/default-deny` */
  readonly by: string;
  readonly gate: string;
  /** The first thing it said. */
  readonly said: string;
}

export interface Planted {
  readonly fault: Fault;
  readonly catches: readonly Catch[];
  /** Why it could not be planted at all: the database itself refused. */
  readonly refused: string | undefined;
}

/** Faults in who may do what, or sees what: for these the probes are asked too, not only the checks. */
const probedClasses = new Set(['grants', 'roles', 'rls']);

/** Plants a fault in a transaction of its own, asks every witness, and takes it back. */
export async function plant(
  session: Session,
  config: Config,
  checks: readonly Check[],
  fault: Fault,
): Promise<Planted> {
  return session.rolledBack(async () => {
    try {
      await session.script(fault.plant);
    } catch (error) {
      return { fault, catches: [], refused: serverMessage((error as Error).cause ?? error) };
    }
    const catches = await caughtByChecks(session, checks);
    if (probedClasses.has(fault.faultClass)) catches.push(...(await caughtByProbes(session, config)));
    return { fault, catches, refused: undefined };
  });
}

async function caughtByChecks(session: Session, checks: readonly Check[]): Promise<Catch[]> {
  const catches: Catch[] = [];
  for (const check of checks) {
    const said = await complaintOf(session, check);
    if (said !== undefined) catches.push({ by: check.id, gate: check.gate, said });
  }
  return catches;
}

/** What a check says against the database as it is: a violation, that it could not look, or an error. */
async function complaintOf(session: Session, check: Check): Promise<string | undefined> {
  try {
    const { violations, threshold, examined, findings } = await runCheck(session, check);
    if (violations > threshold) return findings[0] ? `${findings[0].object}: ${findings[0].detail}` : 'violations';
    return examined > 0 ? undefined : 'examined nothing';
  } catch (error) {
    return `failed: ${serverMessage(error)}`;
  }
}

async function caughtByProbes(session: Session, config: Config): Promise<Catch[]> {
  const { probes, denied } = await session.takenBack(() =>
    probeAsEverybody(session, config, [...Object.keys(config.domains), viewsSchema]),
  );
  const catches: Catch[] = [];
  const mismatch = probes.find(isMismatch);
  if (mismatch) {
    const { role, verb, object } = mismatch;
    catches.push({ by: 'probe/rights', gate: 'boundary_isolated', said: `${role}: ${verb} on ${object}` });
  }
  const seen = denied.find(({ visible, total }) => total > 0 && visible !== 0);
  if (seen) {
    const said = `${seen.relation}: a role without a policy sees ${seen.visible ?? 'an error'} of ${seen.total} rows`;
    catches.push({ by: 'probe/default-deny', gate: 'rls_active', said });
  }
  return catches;
}
