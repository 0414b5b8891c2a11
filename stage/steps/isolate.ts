import { counted } from '../../ops/counted.ts';
import { isSuperuser, type Session } from '../../ops/postgres/index.ts';
import {
  isMismatch,
  objectKey,
  probeAsEverybody,
  probeCells,
  probedSchemas,
  readMatrix,
  readObjects,
  tryBypasses,
  tryLoggedIn,
  type BypassTry,
  type Probe,
  type ProbeObject,
  type RowProbe,
} from '../isolation/index.ts';
import { measured, type Finding, type Measurement } from '../measurement.ts';
import type { MatrixRow } from '../report.ts';
import type { Holder, Step, StepContext, StepOutcome } from '../step.ts';

/** Tries, as every role, every verb on everything, and compares with what the contract says. */
export const isolate: Step = {
  name: 'isolate',
  title: 'Probe the boundary, as every role',

  async run(context) {
    const { config } = context.project;
    const schemas = probedSchemas(config);
    await using session = await context.connect({ purpose: 'probe' });
    if (context.holder) return await probeAsHolder(context, session, context.holder, schemas);
    const found = await session.rolledBack(async () => {
      const seen = await probeAsEverybody(session, config);
      return { ...seen, bypasses: await tryBypasses(session, seen) };
    });
    const lease = await probeAsLease(context, session, schemas, found.objects);
    const probes = [...found.probes, ...lease];
    recordRights(context, 'probe/rights', 'Every right observed is the right of the contract', found.probes);
    if (context.lease)
      recordRights(context, 'probe/lease', 'The credential, logged in, has its profile’s rights', lease);
    recordDefaultDeny(context, found.denied);
    recordBypasses(context, found.bypasses);
    if (!(await isSuperuser(session))) context.record.note(probedAsRoles);
    context.record.matrix.push(...condense(probes));
    context.record.attach({
      name: 'matrix.json',
      title: 'Boundary matrix: expected, observed, answers',
      content: linePerProbe(probes),
    });
    context.record.attach({
      name: 'rows.json',
      title: 'Rows each role sees',
      content: JSON.stringify(found.rows, null, 1),
    });
    const mismatches = probes.filter(isMismatch).length;
    return {
      summary: `${counted(probes.length, 'probe')} as ${counted(found.roles + 1, 'role')}, ${mismatches} mismatches`,
      rows: probes.length,
    };
  },
};

const probedAsRoles =
  'probed as roles and not as their logins, for want of a superuser: policies that ask who is logged in saw the operator';

/** A lease's own row of the matrix, judged by itself; what others may do is not its to probe. */
async function probeAsHolder(
  context: StepContext,
  session: Session,
  { role, profile }: Holder,
  schemas: string[],
): Promise<StepOutcome> {
  const { database } = session.target;
  const objects = new Map((await readObjects(session, schemas)).map((object) => [objectKey(object), object]));
  const cells = await readMatrix(session, { roles: [role], schemas, standIn: { profile, database } });
  const probes = await probeCells(cells, objects, database, (attempts) => tryLoggedIn(session, attempts));
  recordRights(context, 'probe/lease', 'The credential, logged in, has its profile’s rights', probes);
  context.record.matrix.push(...condense(probes));
  context.record.note(
    'not probed, being a lease: the rights of every other role, default deny, ways around the policies',
  );
  const mismatches = probes.filter(isMismatch).length;
  return { summary: `${probes.length} probes as ${role}, ${mismatches} mismatches`, rows: probes.length };
}

/** Many roles times many tables: a line each is half the size of indented JSON. */
function linePerProbe(probes: readonly Probe[]): string {
  return `[\n${probes.map((probe) => JSON.stringify(probe)).join(',\n')}\n]\n`;
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

function recordRights(context: StepContext, id: string, title: string, probes: Probe[]): void {
  context.record.measure(measureRights(id, title, probes));
}

/** Compares what was observed with the contract, right by right. */
export function measureRights(id: string, title: string, probes: readonly Probe[]): Measurement {
  const mismatches = probes.filter(isMismatch);
  return measured({
    id,
    title,
    examined: probes.length,
    violations: mismatches.length,
    findings: mismatches.map(findingOf),
  });
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

/** A project in which everybody sees every row has nothing to get around; that is said, and no gate asks for more. */
function recordBypasses(context: StepContext, bypasses: BypassTry[]): void {
  if (bypasses.length === 0) {
    context.record.note('no role sees some rows of a relation but not others: there was nothing to get around');
    return;
  }
  const leaks = bypasses.filter(({ outcome }) => outcome === 'leak');
  const known = bypasses.filter(({ outcome }) => outcome === 'known');
  for (const { role, relation, tries, advice } of known) {
    context.record.note(`${role} on ${relation} could ${tries}: ${advice}`);
  }
  context.record.attach({
    name: 'bypasses.json',
    title: 'Ways around the policies, each with its outcome',
    content: JSON.stringify(bypasses, null, 1),
  });
  context.record.measure(
    measured({
      id: 'probe/bypass',
      title: 'No hidden row can be reached around its policies',
      examined: bypasses.length,
      violations: leaks.length,
      findings: leaks.map(({ attack, tries, role, relation, answer }) => ({
        level: 'error',
        object: `${role} on ${relation}: ${attack}`,
        detail: `could ${tries}: ${answer}`,
        remedy: 'Look for a view without security_barrier, a function marked leakproof, or a grant past the policies.',
      })),
    }),
  );
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
