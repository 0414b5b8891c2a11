import { viewsSchema, type Config } from '../../ops/config/index.ts';
import { rolesOf } from '../../ops/contract/index.ts';
import { identifier, type Session } from '../../ops/postgres/index.ts';
import {
  makeProbeFunction,
  objectKey,
  probeCells,
  probeRows,
  probeStranger,
  readMatrix,
  readObjects,
  tryAs,
  tryLoggedIn,
  type Probe,
  type ProbeObject,
  type RowProbe,
} from '../isolation/index.ts';
import { measured, type Finding } from '../measurement.ts';
import type { MatrixRow } from '../report.ts';
import type { Step, StepContext } from '../step.ts';

/** A role without membership, grant or policy: what PUBLIC may do. It exists for the length of one transaction. */
const stranger = 'drydock_stranger';

/** Tries, as every role, every verb on everything, and compares with what the contract says. */
export const isolate: Step = {
  name: 'isolate',
  title: 'Probe the boundary, as every role',

  async run(context) {
    const { config } = context.project;
    const schemas = probedSchemas(config);
    await using session = await context.connect({ purpose: 'probe' });
    const found = await session.rolledBack(() => probeAsEveryRole(session, config, schemas));
    const lease = await probeAsLease(context, session, schemas, found.objects);
    const probes = [...found.probes, ...lease];
    recordRights(context, 'probe/rights', 'Every right observed is the right of the contract', found.probes);
    if (context.lease)
      recordRights(context, 'probe/lease', 'The credential, logged in, has its profile’s rights', lease);
    recordDefaultDeny(context, found.denied);
    context.record.matrix.push(...condense(probes));
    context.record.attach({
      name: 'matrix.json',
      title: 'Boundary matrix: expected, observed, answers',
      content: JSON.stringify(probes, null, 1),
    });
    context.record.attach({
      name: 'rows.json',
      title: 'Rows each role sees',
      content: JSON.stringify(found.rows, null, 1),
    });
    const mismatches = probes.filter(isMismatch).length;
    return {
      summary: `${probes.length} probes as ${found.roles + 1} roles, ${mismatches} mismatches`,
      rows: probes.length,
    };
  },
};

function probedSchemas(config: Config): string[] {
  return [...Object.keys(config.domains), viewsSchema, 'audit', 'drydock', 'public'];
}

async function probeAsEveryRole(session: Session, config: Config, schemas: string[]) {
  await session.query(`create role ${identifier(stranger)} nologin`);
  await makeProbeFunction(session);
  const roles = [...rolesOf(config), stranger];
  const objects = await readObjects(session, schemas);
  const byKey = new Map(objects.map((object) => [objectKey(object), object]));
  const cells = Map.groupBy(await readMatrix(session, { roles, schemas }), ({ role }) => role);
  const probes: Probe[] = [];
  for (const [role, ofRole] of cells) {
    probes.push(...(await probeCells(ofRole, byKey, config.database, (attempts) => tryAs(session, role, attempts))));
  }
  const domains = Object.keys(config.domains);
  const rows = await probeRows(session, Object.keys(config.contract.roles), objects);
  const denied = await probeStranger(
    session,
    stranger,
    objects.filter(({ schema }) => domains.includes(schema)),
  );
  return { roles: roles.length, probes, rows, denied, objects: byKey };
}

/** The same row of the matrix, with the credential itself, through its own login. */
async function probeAsLease(
  context: StepContext,
  session: Session,
  schemas: string[],
  objects: Map<string, ProbeObject>,
): Promise<Probe[]> {
  const { lease } = context;
  if (!lease) return [];
  const { profile, database } = lease;
  const cells = await readMatrix(session, { roles: [lease.role], schemas, standIn: { profile, database } });
  await using login = await context.connect({ lease, purpose: 'probe' });
  return await probeCells(cells, objects, database, (attempts) => tryLoggedIn(login, attempts));
}

function isMismatch({ expected, observed }: Probe): boolean {
  return observed !== expected;
}

function recordRights(context: StepContext, id: string, title: string, probes: Probe[]): void {
  const mismatches = probes.filter(isMismatch);
  context.record.measure(
    measured({
      id,
      title,
      examined: probes.length,
      violations: mismatches.length,
      findings: mismatches.map(findingOf),
    }),
  );
}

function findingOf(probe: Probe): Finding {
  const { role, verb, schema, object, column, expected, observed, answer } = probe;
  const thing = [schema === object ? null : schema, object, column].filter(Boolean).join('.');
  return {
    level: 'error',
    object: `${role}: ${verb} on ${probe.kind} ${thing}`,
    detail: `expected ${inWords(expected)}, observed ${inWords(observed)}: ${answer}`,
    remedy: 'Correct the grants, or state the right in the contract of drydock.yaml.',
  };
}

function inWords(allowed: boolean | undefined): string {
  if (allowed === undefined) return 'two witnesses that disagree';
  return allowed ? 'allowed' : 'refused';
}

/** Only a table that holds rows can show that they are hidden; the empty ones are named as not shown. */
function recordDefaultDeny(context: StepContext, denied: RowProbe[]): void {
  const full = denied.filter(({ total }) => total > 0);
  const seen = full.filter(({ visible }) => visible !== 0);
  context.record.measure(
    measured({
      id: 'probe/default-deny',
      title: 'A role with grants but no policy sees no row',
      examined: full.length,
      violations: seen.length,
      findings: seen.map(({ relation, visible, total }) => ({
        level: 'error',
        object: relation,
        detail: `a role without a policy sees ${visible ?? 'an error instead'} of ${total} rows`,
        remedy: 'Enable and force row-level security; look for a policy to PUBLIC.',
      })),
    }),
  );
  const empty = denied.filter(({ total }) => total === 0).map(({ relation }) => relation);
  if (empty.length > 0) context.record.note(`default deny not shown by rows, for want of rows: ${empty.join(', ')}`);
}

/** A line per role and schema: enough to read, while matrix.json has every cell. */
function condense(probes: Probe[]): MatrixRow[] {
  const groups = Map.groupBy(probes, ({ role, schema }) => JSON.stringify([role, schema ?? 'database']));
  return [...groups].map(([key, group]) => {
    const [role, schema] = JSON.parse(key) as [string, string];
    const allowed = new Set(group.filter(({ observed }) => observed).map(({ verb }) => verb));
    return {
      role,
      schema,
      probes: group.length,
      allowed: [...allowed],
      mismatches: group.filter(isMismatch).length,
    };
  });
}
