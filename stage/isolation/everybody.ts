import { viewsSchema, type Config } from '../../ops/config/index.ts';
import { connectRole, extensionsSchema, rolesOf } from '../../ops/contract/index.ts';
import { identifier, type Session } from '../../ops/postgres/index.ts';
import { readMatrix, readObjects, type ProbeObject } from './matrix.ts';
import { objectKey, probeCells, tryAs, type Attempt, type Probe } from './probe.ts';
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
  const objects = await makeReady(session, config, schemas);
  const probes = await probeEveryRight(session, config, schemas, objects);
  const rows = await probeRows(session, Object.keys(config.contract.roles), objects);
  const denied = await probeStranger(session, stranger, objectsOfDomains(config, objects));
  return { roles: rolesOf(config).length + 1, probes, rows, denied, objects: byKeyOf(objects) };
}

/**
 * Every right of every role of the contract and of a stranger. Call it in a transaction that is rolled back.
 * @param attempt how a role's rights are tried
 */
export async function probeRights(
  session: Session,
  config: Config,
  schemas: readonly string[],
  attempt = tryAs,
): Promise<Probe[]> {
  return probeEveryRight(session, config, schemas, await makeReady(session, config, schemas), attempt);
}

/** What a role with every grant and no policy sees. Call it in a transaction that is rolled back. */
export async function probeDefaultDeny(session: Session, config: Config): Promise<RowProbe[]> {
  const objects = await makeReady(session, config, Object.keys(config.domains));
  return probeStranger(session, stranger, objectsOfDomains(config, objects));
}

async function makeReady(session: Session, config: Config, schemas: readonly string[]): Promise<ProbeObject[]> {
  await createStranger(session);
  await letTry(session, [stranger, connectRole(config.database)]);
  return readObjects(session, schemas);
}

async function probeEveryRight(
  session: Session,
  config: Config,
  schemas: readonly string[],
  objects: readonly ProbeObject[],
  attempt = tryAs,
): Promise<Probe[]> {
  const byKey = byKeyOf(objects);
  const probes: Probe[] = [];
  const roles = [...rolesOf(config), stranger];
  const matrix = Map.groupBy(await readMatrix(session, { roles, schemas }), ({ role }) => role);
  for (const [role, cells] of matrix) {
    for (const probe of await probeCells(cells, byKey, config.database, (attempts) =>
      attempt(session, role, attempts),
    )) {
      probes.push(probe);
    }
  }
  return probes;
}

function byKeyOf(objects: readonly ProbeObject[]): Map<string, ProbeObject> {
  return new Map(objects.map((object) => [objectKey(object), object]));
}

function objectsOfDomains({ domains }: Config, objects: readonly ProbeObject[]): ProbeObject[] {
  return objects.filter(({ schema }) => Object.hasOwn(domains, schema));
}

async function createStranger(session: Session): Promise<void> {
  const name = identifier(stranger);
  await session.script(`create role ${name} nologin; grant ${name} to ${identifier(session.target.user)}`);
}

/** Every other role of a contract may use the schema in which the probe's function stands; it is not probed itself. */
async function letTry(session: Session, roles: readonly string[]): Promise<void> {
  await session.query(`grant usage on schema ${extensionsSchema} to ${roles.map(identifier).join(', ')}`);
}

/** What takes locks that stop others, or leaves something in the catalog while it is tried. */
const disturbing = new Set(['TRUNCATE', 'CREATE', 'REFERENCES', 'TRIGGER', 'TEMP']);

/**
 * Probes as every role of the contract on a database that others use: by SET ROLE alone, and what would disturb them is
 * asked of the catalog instead of tried. Call it in a transaction.
 */
export async function probeGently(session: Session, config: Config): Promise<Probe[]> {
  await letTry(session, [connectRole(config.database)]);
  const schemas = probedSchemas(config);
  const byKey = byKeyOf(await readObjects(session, schemas));
  const cells = Map.groupBy(await readMatrix(session, { roles: rolesOf(config), schemas }), ({ role }) => role);
  const probes: Probe[] = [];
  for (const [role, ofRole] of cells) {
    const [asked, tried] = partition(ofRole, ({ verb }) => disturbing.has(verb));
    const attempt = (attempts: Attempt[]) => tryAs(session, role, attempts, true);
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
