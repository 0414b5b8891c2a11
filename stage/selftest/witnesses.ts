import { viewsSchema, type Config } from '../../ops/config/index.ts';
import { oneStatement, serverMessage, type Session } from '../../ops/postgres/index.ts';
import { judgeRows, type Check } from '../checks.ts';
import {
  isMismatch,
  makeProbeFunction,
  probeDefaultDeny,
  probeRights,
  success,
  tryUnconfined,
} from '../isolation/index.ts';

/** What noticed a fault: a check, or a probe. */
export interface Catch {
  /** `check/rls`, `probe/rights`, `probe/default-deny` */
  readonly by: string;
  readonly gate: string;
  /** The first thing it said. */
  readonly said: string;
}

/** A check, and the statement that has all of its rows in one value. */
export interface Witness {
  readonly check: Check;
  readonly statement: string;
}

/** Makes witnesses of checks, so that many can be heard in one message. */
export async function witnessesOf(checks: readonly Check[]): Promise<Witness[]> {
  return Promise.all(
    checks.map(async (check) => {
      const { text } = await oneStatement(check.file);
      return { check, statement: `select coalesce(jsonb_agg(found), '[]') from (${text}\n) as found` };
    }),
  );
}

/** What the checks say against the database as it is, each as its role: a message per role, not four per check. */
export async function hearChecks(session: Session, witnesses: readonly Witness[]): Promise<Catch[]> {
  await makeProbeFunction(session);
  const byRole = Map.groupBy(witnesses, ({ check }) => (check.as === 'admin' ? session.target.user : check.as));
  const catches: Catch[] = [];
  for (const [role, group] of byRole) {
    const attempts = group.map(({ statement }, n) => ({ n, statement, counts: true }));
    for (const { n, state, message } of await tryUnconfined(session, role, attempts)) {
      const { check } = group[n]!;
      const said = state === success ? complaintOf(check, message) : `failed: ${message}`;
      if (said !== undefined) catches.push({ by: check.id, gate: check.gate, said });
    }
  }
  return catches;
}

/** A violation, or that there was nothing to look at; a row that is no answer is a complaint too. */
function complaintOf(check: Check, rows: string): string | undefined {
  try {
    const { violations, threshold, examined, findings } = judgeRows(check, JSON.parse(rows));
    if (violations > threshold) return findings[0] ? `${findings[0].object}: ${findings[0].detail}` : 'violations';
    return examined > 0 ? undefined : 'examined nothing';
  } catch (error) {
    return `failed: ${serverMessage(error)}`;
  }
}

type Probing = (session: Session, config: Config) => Promise<Catch | undefined>;

/** The probes that are asked besides the checks: who may do what, where the fault is about that, and who sees what. */
const probings: Readonly<Record<string, Probing>> = { grants: hearRights, roles: hearRights, rls: hearDefaultDeny };

/** What the probes of a class of faults say against the database as it is. */
export async function hearProbes(session: Session, config: Config, faultClass: string): Promise<Catch[]> {
  const probing = probings[faultClass];
  if (!probing) return [];
  const said = await session.takenBack(() => probing(session, config));
  return said ? [said] : [];
}

async function hearRights(session: Session, config: Config): Promise<Catch | undefined> {
  await makeProbeFunction(session);
  const probes = await probeRights(session, config, [...Object.keys(config.domains), viewsSchema], tryUnconfined);
  const mismatch = probes.find(isMismatch);
  if (!mismatch) return undefined;
  const { role, verb, object } = mismatch;
  return { by: 'probe/rights', gate: 'boundary_isolated', said: `${role}: ${verb} on ${object}` };
}

async function hearDefaultDeny(session: Session, config: Config): Promise<Catch | undefined> {
  const seen = (await probeDefaultDeny(session, config)).find(({ visible, total }) => total > 0 && visible !== 0);
  if (!seen) return undefined;
  const said = `${seen.relation}: a role without a policy sees ${seen.visible ?? 'an error'} of ${seen.total} rows`;
  return { by: 'probe/default-deny', gate: 'rls_active', said };
}
