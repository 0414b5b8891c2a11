import { viewsSchema, type Config } from '../../ops/config/index.ts';
import { rolesOf } from '../../ops/contract/index.ts';
import { identifier, type Session } from '../../ops/postgres/index.ts';
import { readMatrix, readObjects, type ProbeObject } from './matrix.ts';
import { makeProbeFunction, objectKey, probeCells, tryAs, type Attempt, type Probe } from './probe.ts';
import { probeRows, probeStranger, type RowProbe } from './rows.ts';

/** A role without membership, grant or policy: what PUBLIC may do. It exists for the length of one transaction. */
const stranger = 'drydock_stranger';

/** What was seen as every role of a project. */
export interface EverybodysProbes {
  readonly roles: number;
  readonly probes: Probe[];
  readonly rows: RowProbe[];
  /** What a role with every grant and no policy sees. */
  readonly denied: RowProbe[];
  readonly objects: Map<string, ProbeObject>;
}

/** The schemas that a project's boundary is about. */
export function probedSchemas(config: Config): string[] {
  return [...new Set([...Object.keys(config.domains), viewsSchema, 'audit', 'drydock', 'public'])];
}

/** Probes as every role of the contract and as a stranger. Call it in a transaction that is rolled back. */
export async function probeAsEverybody(
  session: Session,
  config: Config,
  schemas: readonly string[] = probedSchemas(config),
): Promise<EverybodysProbes> {
  await session.query(`create role ${identifier(stranger)} nologin`);
  await makeProbeFunction(session);
  const roles = [...rolesOf(config), stranger];
  const objects = await readObjects(session, schemas);
  const byKey = new Map(objects.map((object) => [objectKey(object), object]));
  const probes: Probe[] = [];
  const matrix = Map.groupBy(await readMatrix(session, { roles, schemas }), ({ role }) => role);
  for (const [role, cells] of matrix) {
    for (const probe of await probeCells(cells, byKey, config.database, (attempts) => tryAs(session, role, attempts))) {
      probes.push(probe);
    }
  }
  const rows = await probeRows(session, Object.keys(config.contract.roles), objects);
  const inDomains = objects.filter(({ schema }) => schema in config.domains);
  const denied = await probeStranger(session, stranger, inDomains);
  return { roles: roles.length, probes, rows, denied, objects: byKey };
}

/** What takes locks that stop others, or leaves something in the catalog while it is tried. */
const disturbing = new Set(['TRUNCATE', 'CREATE', 'REFERENCES', 'TRIGGER', 'TEMP']);

/**
 * Probes as every role of the contract on a database that others use: by SET ROLE alone, and what would disturb them is
 * asked of the catalog instead of tried. Call it in a transaction.
 */
export async function probeGently(session: Session, config: Config): Promise<Probe[]> {
  await makeProbeFunction(session);
  const schemas = probedSchemas(config);
  const byKey = new Map((await readObjects(session, schemas)).map((object) => [objectKey(object), object]));
  const cells = Map.groupBy(await readMatrix(session, { roles: rolesOf(config), schemas }), ({ role }) => role);
  const probes: Probe[] = [];
  for (const [role, ofRole] of cells) {
    const [asked, tried] = partition(ofRole, ({ verb }) => disturbing.has(verb));
    const attempt = (attempts: Attempt[]) => tryAs(session, role, attempts, false);
    probes.push(...(await probeCells(tried, byKey, config.database, attempt)));
    probes.push(...(await probeCells(asked, new Map(), config.database, async () => [])));
  }
  return probes;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

/** Whether the contract and what was observed disagree. */
export function isMismatch({ expected, observed }: Probe): boolean {
  return observed !== expected;
}
