import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFolder, requireHeader, runStatement, type Session, type SqlFile } from '../../ops/postgres/index.ts';

/** A fault to plant, made for one object of the project. */
export interface Fault {
  /** `rls_disabled: eng.orders` */
  readonly name: string;
  readonly kind: string;
  readonly title: string;
  /** rls, grants, roles, views … */
  readonly faultClass: string;
  readonly object: string;
  /** The statements that plant it. */
  readonly plant: string;
  /** What would catch it, where Drydock alone cannot know. */
  readonly caughtBy: string | undefined;
}

/** Of each kind of fault at most so many are planted, unless its file says otherwise. */
const atMost = '3';
const unguard = 'alter event trigger drydock_rls_by_default disable';
const guard = 'alter event trigger drydock_rls_by_default enable always';

/** Makes the faults of every kind from the project's own catalog, the same ones each time. */
export async function makeFaults(session: Session): Promise<Fault[]> {
  const files = await readSqlFolder(builtinRoot, join(builtinSql, 'faults'));
  const faults: Fault[] = [];
  for (const file of files) faults.push(...(await faultsOf(session, file)));
  return faults;
}

async function faultsOf(session: Session, file: SqlFile): Promise<Fault[]> {
  const { rows } = await runStatement<{ object: string; plant: string }>(session, file);
  const most = Number(file.header['at-most'] ?? atMost);
  return rows.slice(0, most).map(({ object, plant }) => ({
    name: `${file.name}: ${object}`,
    kind: file.name,
    title: requireHeader(file, 'title'),
    faultClass: requireHeader(file, 'class'),
    object,
    // some faults need the guard gone while they are planted, and back before anybody looks
    plant: file.header['past'] ? `${unguard}; ${plant}; ${guard}` : plant,
    caughtBy: file.header['caught-by'],
  }));
}
